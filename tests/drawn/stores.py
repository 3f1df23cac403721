"""Files of embeddings: .npy, .safetensors and .parquet, ids in several forms, in several orders."""

from pathlib import Path

import numpy as np

from tests.drawn.session import Draw


def draw_ids(draw: Draw, n: int) -> list[str]:
    """Unique ids: numbers, paths, odd characters."""
    kind = draw.one_of("numbers", "padded", "paths", "odd")
    if kind == "numbers":
        return [str(i) for i in draw.generator.permutation(3 * n)[:n]]
    if kind == "padded":
        return [f"{i:06d}" for i in range(n)]
    if kind == "paths":
        return [f"class {i % 3}/bild ü{i}.png" for i in range(n)]
    return [f"id<{i}>&'\u202f{i}" for i in range(n)]


def write(draw: Draw, path: Path, vectors: np.ndarray, ids: list[str] | None, form: str) -> None:
    """Vectors as other programs write them; ids beside or within."""
    if form == "npy":
        np.save(path, vectors if draw.chance(0.8) else np.asfortranarray(vectors))
    elif form == "safetensors":
        from safetensors.numpy import save_file

        save_file({draw.one_of("embeddings", "x"): np.ascontiguousarray(vectors)}, path)
    else:
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        if draw.chance(0.4):  # a column for each dimension, from pandas
            frame = pd.DataFrame(vectors, columns=[f"d{i}" for i in range(vectors.shape[1])])
            if ids is not None:
                if draw.chance(0.5):
                    frame.insert(0, "id", ids)
                else:
                    frame.index = pd.Index(ids, name=draw.one_of(None, "name", "id"))
            frame.to_parquet(path)
            return
        columns = {} if ids is None else {"id": pa.array(ids)}
        kind = pa.list_(pa.from_numpy_dtype(vectors.dtype))
        columns[draw.one_of("embedding", "vector")] = pa.array([list(row) for row in vectors], type=kind)
        pq.write_table(pa.table(columns), path)
        return
    if ids is not None:
        path.with_suffix(".ids.txt").write_text("".join(f"{i}\n" for i in ids), encoding="utf8")


FORMS = ("npy", "safetensors", "parquet")
