"""Canonical correlations, Procrustes distance, rank correlation, ridge and probes by other routines and from raw features."""

import numpy as np
from scipy.stats import rankdata

from repscope.measures._groups import groups
from repscope.measures.linear_predictivity import PENALTIES
from tests.drawn.slow_kernels import UNIT64, widened


def centered(x: np.ndarray) -> tuple[np.ndarray, float]:
    """Points less their mean (taken in long double) as float64, and the relative size of what rounding may add."""
    wide, _ = widened(x)
    apart = (wide - wide.mean(axis=0)).astype(np.float64)
    size = float(np.sqrt((wide**2).sum()))
    norm = float(np.linalg.norm(apart))
    return apart, (np.inf if norm == 0 else 8 * UNIT64 * (size / norm + sum(x.shape)))


def directions(x: np.ndarray, variance: float = 1.0) -> tuple[np.ndarray, np.ndarray, float] | None:
    """(U, Uᵀ of the features' sizes, error of U) of the leading directions; None where their number is not plain."""
    apart, relative = centered(x)
    if not np.isfinite(relative):
        return None
    u, s, vt = np.linalg.svd(apart, full_matrices=False)
    limit = max(x.shape) * 2 * UNIT64 * s[0]
    if ((s > limit / 300) & (s < limit * 300)).any():
        return None
    rank = int((s > limit).sum())
    kept = rank
    if variance < 1:
        held = np.cumsum(s**2) / (s**2).sum()
        if (np.abs(held - variance) < 1e-9).any():
            return None
        kept = min(int((held < variance).sum()) + 1, rank)
    gap = s[kept - 1] - (s[kept] if kept < len(s) else 0.0)
    # Wedin: the space turns by no more than the error over the gap
    return u[:, :kept], s[:kept, None] * vt[:kept], relative * np.linalg.norm(s) / gap


def correlations(
    x: np.ndarray, y: np.ndarray, variance: float = 1.0
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Mean canonical correlation, and that weighted by x, each with its error; None where directions are too many, or not plain."""
    a, b = directions(x, variance), directions(y, variance)
    if a is None or b is None or a[0].shape[1] + b[0].shape[1] > len(x) - 2:
        return None
    left, found, _ = np.linalg.svd(a[0].T @ b[0], full_matrices=False)
    found = found.clip(0, 1)
    variates = a[0] @ left
    weights = np.abs(variates.T @ (a[0] @ a[1])).sum(axis=1)
    error = 4 * (a[2] + b[2]) * np.sqrt(len(found))
    # variates of correlations that are nearly equal turn into each other, and weights with them
    gaps = np.abs(np.diff(found))
    turned = error * x.shape[1] / (gaps.min() if len(gaps) else 1.0) if len(gaps) == 0 or gaps.min() > 0 else np.inf
    return (float(found.mean()), error + 1e-9), (float((weights * found).sum() / weights.sum()), 4 * turned + 1e-9)


def procrustes(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """2 − 2 |XᵀY|_*, and the error."""
    (a, wrong_a), (b, wrong_b) = centered(x), centered(y)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    error = 8 * (wrong_a + wrong_b) * np.sqrt(min(len(a), a.shape[1], b.shape[1]))
    return float(2 - 2 * np.linalg.svd(a.T @ b, compute_uv=False).sum()), float(error)


def unlikeness(x: np.ndarray) -> np.ndarray | None:
    """1 less the correlation over features of all pairs, as ranks without ties that are none; None where rounding decides."""
    wide, _ = widened(x)
    apart = wide - wide.mean(axis=1, keepdims=True)
    norms = np.sqrt((apart**2).sum(axis=1, keepdims=True))
    size = np.sqrt((wide**2).sum(axis=1, keepdims=True))
    if x.shape[1] < 2 or (norms <= 1e-9 * size).any():
        return None
    unit = apart / norms
    pairs = (1 - unit @ unit.T)[np.triu_indices(len(x), 1)]
    order = np.argsort(pairs, kind="stable")
    gaps = np.diff(pairs[order])
    lost = (x.shape[1] + 8) * float((size / norms).max())
    equal, apart_in_float64 = gaps <= 8 * lost * 2.0**-64, gaps > 8 * lost * UNIT64
    if not (equal | apart_in_float64).all():
        return None
    out = np.empty(len(pairs))
    out[order] = np.concatenate([[0], np.cumsum(~equal)])
    return out


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float | None:
    """Spearman's of the two; None where it is not defined, or rounding decides."""
    a, b = unlikeness(x), unlikeness(y)
    if a is None or b is None or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def predictivity(x: np.ndarray, y: np.ndarray) -> tuple[float, float] | None:
    """R² of y from x over ten groups, the penalty by leaving out every single row; None where two penalties are as good."""
    (a, wrong_a), (b, wrong_b) = centered(x), centered(y)
    if not np.isfinite(wrong_a + wrong_b) or (y.shape[1] > 64 and len(y) > 64):
        return None
    errors = spread = 0.0
    for out in groups(len(a)):
        left = np.setdiff1d(np.arange(len(a)), out)
        s = np.linalg.svd(a[left] - a[left].mean(axis=0), compute_uv=False)
        if s[0] < 1e-12 * np.linalg.norm(a):  # constant without the group: the mean is predicted
            errors += float(((b[out] - b[left].mean(axis=0)) ** 2).sum())
            spread += float(((b[out] - b[left].mean(axis=0)) ** 2).sum())
            continue
        s = s[s > 1e-12 * s[0]]
        if s[-1] < 1e-6 * s[0]:
            return None
        scale = float((s**2).mean())
        losses = [_left_out(a[left], b[left], p * scale) for p in PENALTIES]
        best = np.sort(losses)
        if best[1] - best[0] < 1e-6 * best[0] + 1e-18 * float((b**2).sum()):
            return None
        weights, mx, my = _ridge(a[left], b[left], PENALTIES[int(np.argmin(losses))] * scale)
        errors += float(((b[out] - my - (a[out] - mx) @ weights) ** 2).sum())
        spread += float(((b[out] - my) ** 2).sum())
    return 1 - errors / spread, (1e-6 + 1e4 * (wrong_a + wrong_b)) * max(1.0, errors / spread)


def _ridge(x: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mx, my = x.mean(axis=0), y.mean(axis=0)
    p = x - mx
    n, d = p.shape
    weights = (
        np.linalg.solve(p.T @ p + penalty * np.eye(d), p.T @ (y - my))
        if d <= n
        else p.T @ np.linalg.solve(p @ p.T + penalty * np.eye(n), y - my)
    )
    return weights, mx, my


def _left_out(x: np.ndarray, y: np.ndarray, penalty: float) -> float:
    """Σ of squared errors of each row, predicted by the fit with this penalty of all; by its leverage."""
    p = x - x.mean(axis=0)
    q = y - y.mean(axis=0)
    n = len(p)
    hat = p @ np.linalg.pinv(p.T @ p + penalty * np.eye(p.shape[1])) @ p.T + 1 / n
    residual = q - (hat - 1 / n) @ q
    return float(((residual / np.maximum(1 - np.diag(hat), 1e-9)[:, None]) ** 2).sum())


def probe(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether each sample's class is named by logistic regression fitted to four fifths that lack it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    a, _ = centered(x)
    a = a / np.sqrt((a**2).mean())
    right = np.empty(len(a), bool)
    codes = np.unique(labels, return_inverse=True)[1].reshape(-1)
    for fit, seen in StratifiedKFold(5, shuffle=True, random_state=0).split(a, codes):
        model = LogisticRegression(max_iter=10_000, tol=1e-6).fit(a[fit], codes[fit])
        right[seen] = model.predict(a[seen]) == codes[seen]
    return right
