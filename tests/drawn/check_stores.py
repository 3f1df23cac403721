"""Stores of embeddings: what is read is what was written, in its order, or a sentence."""

import hashlib

import numpy as np

from repscope.maps import Embeddings, read_store, write_store
from tests.drawn.points import draw_points
from tests.drawn.session import Draw
from tests.drawn.stores import FORMS, draw_ids, write


def stores(draw: Draw) -> None:
    """One store, read, written in another form, and read again."""
    n, d = draw.number(1, 40), draw.number(1, 12)
    vectors = draw_points(draw, n, d, kinds=("float32", "float64", "float16"))
    ids = draw_ids(draw, n) if draw.chance(0.7) else None
    form = draw.one_of(*FORMS)
    draw.tell(f"{form} {n} x {d} {vectors.dtype}, ids {'none' if ids is None else ids[:2]}")
    path = draw.folder / f"store.{form}"
    write(draw, path, vectors, ids, form)
    before = hashlib.sha256(path.read_bytes()).digest()
    store = read_store(path)
    wide = np.float32 if vectors.dtype == np.float16 else vectors.dtype
    draw.equal("vectors", store.vectors, vectors.astype(wide))
    draw.equal("ids", list(store.ids), [str(i) for i in range(n)] if ids is None else ids)
    for other in FORMS:
        copy = draw.folder / f"copy.{other}"
        write_store(store, copy)
        again = read_store(copy)
        draw.equal(f"vectors by {other}", again.vectors, store.vectors)
        draw.equal(f"ids by {other}", again.ids, store.ids)
    draw.equal("the file as it was", hashlib.sha256(path.read_bytes()).digest(), before)
    order = draw.generator.permutation(n)
    shuffled = Embeddings.of(store.vectors[order], "shuffled", [store.ids[i] for i in order])
    draw.equal("by id", shuffled.at(store.ids).vectors, store.vectors)
