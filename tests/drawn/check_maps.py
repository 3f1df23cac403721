"""Linear maps against numpy and scikit-learn; migration, verification and rankings against loops."""

import numpy as np

from repscope.maps import Embeddings, LeastSquares, Procrustes, ReducedRank, Ridge, Whitened, check_migration, verify
from repscope.maps._ranking import best, ndcg_at, recall_at
from repscope.transfer._average_precision import average_precision, chance_precision
from tests.drawn.points import change, draw_cloud
from tests.drawn.session import Draw


def _pairs(draw: Draw, n: int, d: int, e: int) -> tuple[np.ndarray, np.ndarray]:
    g = draw.generator
    x = draw_cloud(draw, n, d)
    if draw.chance(0.3):
        x = change(draw, x)
    y = x @ g.normal(size=(d, e)) + draw.one_of(0.01, 1.0) * g.normal(size=(n, e)) + draw.one_of(0, 5)
    kind = draw.one_of(np.float32, np.float64)
    power = draw.one_of(0, 0, draw.number(-30, 30))
    draw.tell(f"{np.dtype(kind)}, times 2^{power}")
    return np.ldexp(x, power).astype(kind), np.ldexp(y, draw.one_of(0, power)).astype(kind)


def maps(draw: Draw) -> None:
    """One set of pairs, all kinds of map."""
    d, e = draw.number(1, 10), draw.number(1, 10)
    n = draw.one_of(draw.number(d + 2, 60), draw.number(4, 20))
    x, y = _pairs(draw, n, d, e)
    before = x.copy(), y.copy()
    a, b = x.astype(np.float64), y.astype(np.float64)
    mx, my = a.mean(axis=0), b.mean(axis=0)
    p, q = a - mx, b - my
    spread = float(np.linalg.norm(q)) + 1e-300
    s = np.linalg.svd(p, compute_uv=False)
    condition = s[0] / s[-1] if s[-1] > 0 else np.inf
    lost = float(np.linalg.norm(a)) / max(float(s[0]), 1e-300)
    plain = condition < 1e4 and lost < 1e3 and n > d + 1
    # normal equations square the condition; means that are taken off cost what they are larger
    tolerance = 1e-13 * condition**2 * lost + 1e-9 if plain else np.inf

    def compare(name: str, fitted: object, expected: np.ndarray) -> None:
        if fitted is not None:
            off = float(np.linalg.norm(fitted.predict(x) - expected)) / spread
            draw.agree(name, off, 0.0, tolerance * max(1.0, float(np.linalg.norm(expected - my)) / spread))

    fitted = draw.answer("least squares", lambda: LeastSquares().fit(x, y), n <= d)
    compare("least squares", fitted, my + p @ np.linalg.lstsq(p, q, rcond=None)[0])
    alpha = float(draw.one_of(1e-3, 0.1, 1.0, 10.0))
    strength = alpha * float((s**2).sum()) / d
    fitted = draw.answer("ridge", lambda: Ridge(alpha, relative=True).fit(x, y), not s[0] > 0)
    ridge = my + p @ np.linalg.solve(p.T @ p + strength * np.eye(d), p.T @ q) if s[0] > 0 else None
    if ridge is not None:
        compare("ridge", fitted, ridge)
    u, sv, vt = np.linalg.svd(p.T @ q, full_matrices=False)
    for scale in (False, True):
        fitted = draw.answer("procrustes", lambda scale=scale: Procrustes(scale).fit(x, y))
        turn = u @ vt
        size = float(np.linalg.norm(p @ turn)) ** 2 if d > e else float(np.linalg.norm(p)) ** 2
        gap = sv[-1] / sv[0] if sv[0] > 0 else 0.0
        if gap > 1e-3 and (d == e or gap > 1e-3):
            compare("procrustes", fitted, my + (sv.sum() / size if scale else 1.0) * p @ turn)
    rank = draw.number(1, min(d, e))
    fitted = draw.answer("reduced rank", lambda: ReducedRank(rank).fit(x, y), n <= d)
    full = p @ np.linalg.lstsq(p, q, rcond=None)[0]
    values, vectors = np.linalg.svd(full, full_matrices=False)[1:]
    if n > d and (rank == len(values) or values[rank - 1] > 1.001 * values[rank]):
        compare("reduced rank", fitted, my + full @ vectors[:rank].T @ vectors[:rank])
    draw.answer("whitened", lambda: Whitened().fit(x, y))
    draw.equal("pairs as they were", x, before[0])
    draw.equal("pairs as they were", y, before[1])
    _cross_validated(draw, x, y, plain)


def _cross_validated(draw: Draw, x: np.ndarray, y: np.ndarray, plain: bool) -> None:
    """The strength of the least error on parts left out, by fitting again."""
    fitted = draw.answer("ridge cv", lambda: Ridge("cv").fit(x, y))
    if fitted is None or not plain or len(x) < 10:
        return
    from repscope.maps.ridge import STRENGTHS

    a, b = x.astype(np.float64), y.astype(np.float64)
    parts = [np.sort(r) for r in np.array_split(np.random.default_rng(0).permutation(len(a)), 5)]
    errors = []
    for strength in STRENGTHS:
        error = 0.0
        for out in parts:
            left = np.setdiff1d(np.arange(len(a)), out)
            mx, my = a[left].mean(axis=0), b[left].mean(axis=0)
            gram = (a[left] - mx).T @ (a[left] - mx)
            weights = np.linalg.solve(
                gram + strength * np.trace(gram) / len(gram) * np.eye(len(gram)), (a[left] - mx).T @ (b[left] - my)
            )
            error += float((((a[out] - mx) @ weights + my - b[out]) ** 2).sum())
        errors.append(error)
    best_two = np.sort(errors)[:2]
    if best_two[1] > best_two[0] * (1 + 1e-6):
        chosen = fitted.map_.facts["relative_alpha"] / STRENGTHS[int(np.argmin(errors))]
        draw.agree("ridge cv strength", chosen, 1.0, 1e-6)


def rankings(draw: Draw) -> None:
    """Best matches, recall, nDCG and average precision, by loops."""
    n, q, d = draw.number(2, 40), draw.number(1, 12), draw.number(1, 8)
    k = draw.number(1, n)
    gallery, queries = draw_cloud(draw, n, d), draw_cloud(draw, q, d)
    if draw.chance(0.3):
        gallery[draw.number(0, n - 1)] = gallery[0]
    metric = draw.one_of("cosine", "euclidean", "dot")
    kind = draw.one_of(np.float32, np.float64)
    power = draw.one_of(0, 0, draw.number(-60, 60))
    gallery, queries = (np.ldexp(v, power).astype(kind) for v in (gallery, queries))
    draw.tell(f"{metric}, {np.dtype(kind)}, times 2^{power}, {n} by {q}, k = {k}")
    found = draw.answer("best", lambda: best(queries, gallery, k, metric))
    if found is None:
        return
    wide_g, wide_q = (np.ldexp(v.astype(np.longdouble), -power) for v in (gallery, queries))
    for row in range(q):
        if metric == "euclidean":
            scores = -np.sqrt(((wide_g - wide_q[row]) ** 2).sum(axis=1))
            size = np.sqrt((wide_g**2).sum(axis=1)).max() + np.sqrt((wide_q[row] ** 2).sum())
            near = 1e-14 * d * size**2 / np.maximum(-scores, 1e-7 * size)
        else:
            scores = wide_g @ wide_q[row]
            sizes = np.sqrt((wide_g**2).sum(axis=1))
            scores = scores / (sizes * np.sqrt((wide_q[row] ** 2).sum())) if metric == "cosine" else scores
            near = 1e-14 * d * (1.0 if metric == "cosine" else sizes.max() * np.sqrt((wide_q[row] ** 2).sum()))
            near = near * np.ones(n)
        order = np.argsort(-scores, kind="stable")[:k]
        off = np.abs(scores[found[row]] - scores[order]) > near[found[row]] + near[order]
        draw.true(f"best by {metric}", not off.any(), f"query {row}: {found[row]}, expected {order}")
    relevant = [set(draw.generator.choice(n, size=draw.number(1, n), replace=False).tolist()) for _ in range(q)]
    recall, ndcg = recall_at(found, relevant), ndcg_at(found, relevant)
    for row in range(q):
        line, wanted = found[row].tolist(), relevant[row]
        draw.agree("recall", recall[row], len(wanted & set(line)) / min(k, len(wanted)), 1e-12)
        gain = sum(1 / np.log2(rank + 2) for rank, one in enumerate(line) if one in wanted)
        ideal = sum(1 / np.log2(rank + 2) for rank in range(min(k, len(wanted))))
        draw.agree("ndcg", ndcg[row], gain / ideal, 1e-12)
        flags = np.array([one in wanted for one in line])
        if flags.any():
            step, area, hits = 0.0, 0.0, 0
            before = 1.0
            for rank, flag in enumerate(flags, start=1):
                hits += int(flag)
                if flag:
                    step += hits / rank
                    area += (before + hits / rank) / 2
                before = hits / rank
            draw.agree("average precision", average_precision(flags), step / hits, 1e-12)
            draw.agree("average precision, area", average_precision(flags, definition="trapezoid"), area / hits, 1e-12)
    total, marked = draw.number(2, 7), draw.number(1, 4)
    marked = min(marked, total)
    from itertools import combinations

    ways = [np.isin(np.arange(total), c) for c in combinations(range(total), marked)]
    for definition in ("step", "trapezoid"):
        mean = np.mean([average_precision(w, definition=definition) for w in ways])
        draw.agree(
            f"chance of average precision, {definition}",
            chance_precision(np.array([marked]), np.array([total]), definition),
            mean,
            1e-9,
        )
    if draw.chance(0.3):
        _migration(draw)


def _migration(draw: Draw) -> None:
    """Recall of every way without a map, by loops."""
    g, d = draw.generator, draw.number(2, 6)
    old = g.normal(size=(160, d))
    new = old @ g.normal(size=(d, draw.number(2, 6))) + 0.1
    parts = [slice(0, 60), slice(60, 85), slice(85, 160)]
    both = [
        tuple(Embeddings.of(x[p], name, [str(i) for i in range(160)][p]) for x, name in ((old, "old"), (new, "new")))
        for p in parts
    ]
    k, metric = draw.number(1, 10), draw.one_of("cosine", "euclidean")
    answer = check_migration(*both, k=k, metric=metric)

    def nearest(queries: np.ndarray, gallery: np.ndarray) -> list[list[int]]:
        out = []
        for one in queries:
            if metric == "cosine":
                far = -(gallery @ one) / np.linalg.norm(gallery, axis=1) / np.linalg.norm(one)
            else:
                far = ((gallery - one) ** 2).sum(axis=1)
            out.append(np.argsort(far, kind="stable")[:k].tolist())
        return out

    truth = nearest(new[parts[1]], new[parts[0]])
    status = nearest(old[parts[1]], old[parts[0]])
    recall = np.array([len(set(a) & set(b)) / k for a, b in zip(truth, status, strict=True)])
    draw.equal("migration: status quo", answer.row("status quo").per_query, recall)
    draw.agree("migration: re-indexed", answer.row("re-indexed").recall[0], 1.0, 1e-12)


def verification(draw: Draw) -> None:
    """Accuracy, thresholds, and error rates of pairs, by trying every threshold."""
    g, m, d = draw.generator, draw.number(24, 80), draw.number(1, 6)
    folds = np.arange(m) % draw.number(2, 4)
    same = g.random(m) < 0.5
    x1 = g.normal(size=(m, d)) + draw.one_of(0.0, 2.0)
    x2 = np.where(same[:, None], x1 + draw.one_of(0.0, 0.5) * g.normal(size=(m, d)), g.normal(size=(m, d)))
    power = draw.one_of(0, draw.number(-60, 60))
    x1 = np.ldexp(x1, power).astype(draw.one_of(np.float32, np.float64))
    draw.tell(f"{m} pairs of {d} dimensions, times 2^{power}, {x1.dtype}")
    answer = draw.answer("verify", lambda: verify(x1, x2, same, folds))
    if answer is None:
        return
    a, b = (v.astype(np.longdouble) for v in (x1, x2))
    a, b = (v / np.sqrt((v**2).sum(axis=1, keepdims=True)) for v in (np.ldexp(a, -power), b))
    far = np.asarray(1 - (a * b).sum(axis=1), np.float64)
    draw.true("distances", np.abs(answer.distances - far).max() < 1e-12 + d * 1e-15)
    far = answer.distances
    for number, fold in enumerate(np.unique(folds)):
        seen, test = folds != fold, folds == fold
        borders = np.concatenate([[far[seen].min() - 1], np.sort(far[seen]), [far[seen].max() + 1]])
        middles = (borders[:-1] + borders[1:]) / 2
        most = max(np.mean((far[seen] < t) == same[seen]) for t in [*middles, *borders])
        chosen = answer.thresholds[number]
        draw.agree("threshold", np.mean((far[seen] < chosen) == same[seen]), most, 1e-12)
        draw.agree(
            "accuracy of a fold", answer.fold_accuracies[number], np.mean((far[test] < chosen) == same[test]), 1e-12
        )
    draw.agree("accuracy", answer.accuracy, np.mean(answer.fold_accuracies), 1e-12)
    low, high = answer.interval
    draw.true("interval", 0 <= low <= high <= 1)
    rate = draw.one_of(0.1, 0.3)
    others, ours = np.sort(far[~same]), far[same]
    if rate * len(others) >= 1:
        cuts = np.append(np.unique(far), np.inf)
        best_rate = max((np.mean(ours < c) for c in cuts if np.mean(others < c) <= rate + 1e-12), default=0.0)
        draw.agree("accepted", answer.tar_at_far(rate), best_rate, 1e-12)
