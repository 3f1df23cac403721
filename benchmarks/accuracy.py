"""How wrong r2 / r1 and the sets of neighbours become when points lie far from the origin, per engine.

Every feature is shifted by 0, 10, 100 and 1000 times the spread (the root of the mean variance of the features) and
rounded to float32, which moves the points a little; the truth is computed in float64 from these shifted points.
"""

import numpy as np

from benchmarks._data import LAYERS, NETWORK, recorded
from benchmarks._engines import ENGINES, chosen
from benchmarks._measure import machine, show, versions
from benchmarks._options import Options
from benchmarks._reference import Compared, Truth
from benchmarks._side_by_side import workers
from benchmarks._worker import PRODUCT, Failed, Worker

N, K = 4000, 150
OFFSETS = (0, 10, 100, 1000)
USED = ("pool", "stage3.1", "stage1.1")
GOAL = 3e-7
SAME = ("repscope exact float32", "faiss tuned")
"""Engines that round as another does and are left out unless asked for by name."""


def main(options: Options) -> None:
    n = options.size(N)
    k = min(K, max(2, n // 20))
    names = [name for name in chosen(options.engines) if options.engines or name not in SAME]
    layers = USED[:1] if options.quick else USED
    print(f"{machine()}; {versions('faiss-cpu', 'scikit-learn', 'numpy')}")
    print(f"\n{NETWORK} on {n} glyphs, k = {k}. In each cell: largest relative error of r2 / r1 (shift of the TwoNN")
    print(
        "dimension), rows whose set of neighbours is wrong. Rows with ties at the k-th neighbour are right either way."
    )
    worst: dict[str, list[float]] = {name: [] for name in names}
    with options.working_folder() as folder, workers(names, options.threads) as made:
        product = made.pop(PRODUCT)
        assert isinstance(product, Worker)
        product.close()
        files = recorded(folder, n, layers)
        for layer in layers:
            plain = np.load(files[layer])
            spread = float(np.sqrt(plain.var(axis=0, dtype=np.float64).mean()))
            cells: dict[str, list[object]] = {name: [] for name in names}
            facts = []
            for offset in OFFSETS:
                shifted = plain + np.float32(offset * spread)
                truth = Truth(shifted, k)
                facts.append(f"{offset} ×: {truth.tied} tied, {truth.copies} copies")
                np.save(folder / "shifted.npy", shifted)
                for name, worker in made.items():
                    cells[name].append(_cell(worker, truth, k, folder, worst[name]))
            print(f"\n### {layer}: d = {LAYERS[layer]}; rows: {'; '.join(facts)}\n")
            show(["engine", *(f"{offset} ×" for offset in OFFSETS)], [[name, *cells[name]] for name in names])
    print(
        f"\n### Goal: the ratio within {GOAL} at every offset, no wrong set, for engines that call themselves exact\n"
    )
    rows = [
        [name, f"{max(e):.1e}", "yes" if max(e) <= GOAL else "no"] for name, e in worst.items() if e and _exact(name)
    ]
    show(["engine", "largest error", ""], rows)


def _exact(name: str) -> bool:
    return ENGINES[name].exact


def _cell(worker: Worker | str, truth: Truth, k: int, folder: object, errors: list[float]) -> str:
    if isinstance(worker, str):
        return worker
    out = f"{folder}/answer.npz"
    try:
        worker.ask("answer", f"{folder}/shifted.npy", k, out)
    except Failed as failure:
        errors.append(np.inf)
        return f"failed: {failure}"
    with np.load(out) as answer:
        found = truth.compare(answer["indices"], answer["distances"])
    errors.append(np.inf if found.wrong else found.ratio_error)
    return _text(found)


def _text(found: Compared) -> str:
    if found.not_finite:
        return f"{found.not_finite} rows not finite; {found.wrong} wrong"
    return f"{found.ratio_error:.1e} ({100 * found.dimension_shift:+.2g} %); {found.wrong} wrong"
