"""CKA and HSIC beside their definitions, with each sample left out, in batches, on disk-sized blocks, and refused."""

import numpy as np
import pytest
import torch

from repscope import cka, hsic, measure
from repscope.core.errors import BadInput, Mismatch, OutOfSpace
from repscope.core.points import ArrayPoints, as_points
from repscope.measures import ArrayLayer
from repscope.measures._alignment import kernels_of
from repscope.measures._kernel_sums import kernel_sums
from tests.references.kernels import biased_hsic, cka_of, gaussian, unbiased_hsic

G = np.random.default_rng(0)
X = G.normal(size=(9, 4)) + 5
Y = np.tanh(X[:, :2]) + 0.1 * G.normal(size=(9, 2))
WIDE, NOISE = G.normal(size=(2, 60, 300))


def kernels(kind):
    if kind == "linear":
        return X @ X.T, Y @ Y.T
    pairs = np.triu_indices(len(X), 1)
    sigmas = [np.median(np.linalg.norm(p[:, None] - p[None], axis=2)[pairs]) for p in (X, Y)]
    return gaussian(X, sigmas[0]), gaussian(Y, sigmas[1])


@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize(("debiased", "reference"), [(True, unbiased_hsic), (False, biased_hsic)])
def test_as_defined(kind, debiased, reference):
    k, l = kernels(kind)  # noqa: E741
    assert hsic(X, Y, debiased, kind).value == pytest.approx(reference(k, l), rel=1e-9)
    assert cka(X, Y, debiased, kind).value == pytest.approx(cka_of(reference, k, l), rel=1e-9)


@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize("debiased", [True, False])
def test_each_sample_left_out(kind, debiased):
    points = [as_points(p) for p in (X, Y)]
    without = kernel_sums(kernels_of(points, kind, 1.0), not debiased).without_each(0, 1)
    k, l = kernels(kind)  # noqa: E741
    left = [np.delete(np.arange(len(X)), i) for i in range(len(X))]
    reference = unbiased_hsic if debiased else biased_hsic
    np.testing.assert_allclose(without, [reference(k[np.ix_(i, i)], l[np.ix_(i, i)]) for i in left], rtol=1e-7)


def test_chance_of_the_biased_is_the_mean_over_orders():
    g = np.random.default_rng(3)
    k, l = kernels("linear")  # noqa: E741
    centring = np.eye(len(X)) - 1 / len(X)
    centred = centring @ k @ centring
    assert np.sum(centred * l) / (len(X) - 1) ** 2 == pytest.approx(biased_hsic(k, l))
    orders = [g.permutation(len(Y)) for _ in range(3000)]
    mean = np.mean([np.sum(centred * l[np.ix_(order, order)]) for order in orders]) / (len(X) - 1) ** 2
    assert hsic(X, Y, debiased=False).null == pytest.approx(mean, rel=0.03)
    assert hsic(X, Y).null == 0.0


def test_noise_with_more_features_than_samples():
    for seed in range(20):
        x, y = np.random.default_rng(seed).normal(size=(2, 50, 400))
        score = cka(x, y)
        assert score.interval[0] < 0 < score.interval[1]
    biased = cka(WIDE, NOISE, debiased=False)
    assert biased.value > 0.8
    assert biased.null == pytest.approx(biased.value, abs=0.02)


def test_the_interval_covers_the_value_of_many_samples():
    mix = np.random.default_rng(5).normal(size=(6, 6))

    def pair(n, seed):
        x = np.random.default_rng(seed).normal(size=(n, 6))
        return x, np.tanh(x @ mix) + np.random.default_rng(seed + 10**6).normal(size=(n, 6))

    true = cka(*pair(5000, 1)).value
    scores = [cka(*pair(80, seed)) for seed in range(2, 202)]
    covered = np.mean([s.interval[0] <= true <= s.interval[1] for s in scores])
    assert 0.9 <= covered <= 0.99
    assert np.mean([s.value for s in scores]) == pytest.approx(true, abs=0.01)


def test_float32_and_small_blocks_change_nothing():
    x, y = (p.astype(np.float32) for p in (WIDE + 100, WIDE @ NOISE[:300, :].T / 10))
    wide = cka(x.astype(np.float64), y.astype(np.float64))
    assert cka(x, y).value == pytest.approx(wide.value, abs=1e-6)
    narrow = cka(x, y, memory=300_000)
    assert narrow.value == pytest.approx(wide.value, abs=1e-6)
    assert narrow.interval == pytest.approx(wide.interval, abs=1e-5)


def test_threads_change_no_bit():
    found = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(cka(WIDE.astype(np.float32), NOISE.astype(np.float32)).as_dict())
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


def test_all_pairs_at_once_are_the_pairs_one_by_one():
    layers = [ArrayLayer(p, 5, name) for name, p in (("x", WIDE), ("noise", NOISE), ("part", WIDE[:, :3]))]
    for name in ("cka", "rbf_cka", "hsic"):
        together = list(measure(name).scores(layers, layers[1:]))
        alone = [measure(name).score(a, b) for a in layers for b in layers[1:]]
        assert [s.value for s in together] == pytest.approx([s.value for s in alone], rel=1e-9, abs=1e-12)


def test_a_constant_layer_among_others_has_no_value():
    layers = [ArrayLayer(p, 5) for p in (WIDE, np.ones((60, 2)))]
    scores = list(measure("cka").scores(layers, layers))
    assert [bool(np.isnan(s.value)) for s in scores] == [False, True, True, True]
    assert "constant" in scores[1].notes[0]


def test_batches_sum_terms_before_they_divide():
    x = np.random.default_rng(1).normal(size=(400, 30))
    y = x + 0.3 * np.random.default_rng(2).normal(size=x.shape)
    whole, batched = cka(x, y), cka(x, y, batch=20)
    assert batched.value == pytest.approx(whole.value, abs=0.02)
    assert batched.interval[0] <= whole.value <= batched.interval[1]
    assert cka(x, y, batch=20, debiased=False).value > whole.value + 0.005
    assert cka(x, x, batch=20).value == 1.0
    assert "within 20 batches of 20" in batched.notes[0]


class Counting(ArrayPoints.__mro__[1]):
    """Points that only give blocks of rows, and say how many at most."""

    def __init__(self, matrix):
        self._matrix, self.most = torch.from_numpy(matrix), 0
        self.n, self.d = matrix.shape

    @property
    def dtype(self):
        return torch.float32

    def rows(self, index):
        rows = self._matrix[index if isinstance(index, slice) else torch.from_numpy(index)]
        self.most = max(self.most, len(rows))
        return rows

    def columns(self, start, stop):
        raise AssertionError


def test_points_are_read_in_blocks():
    whole = np.random.default_rng(0).normal(size=(2500, 8)).astype(np.float32)
    points = Counting(whole), Counting(whole[:, ::-1].copy())
    score = cka(*points, memory="20MiB")
    assert score.value == pytest.approx(1.0, abs=1e-6)


def test_refusals():
    with pytest.raises(Mismatch, match="cka got representations of 9 and 8 samples; expected the same samples"):
        cka(X, Y[:8])
    with pytest.raises(BadInput, match="cka got 4 samples; expected 5 or more"):
        cka(X[:4], Y[:4])
    with pytest.raises(BadInput, match="there is no kernel 'poly'; known: 'linear', 'rbf'"):
        cka(X, Y, kernel="poly")
    with pytest.raises(BadInput, match="the second representation is constant"):
        cka(X, np.ones((9, 3)))
    with pytest.raises(BadInput, match=r"2 of 4 features have NaN or infinite values"):
        cka(np.where(np.eye(9, 4) > 0, [np.nan, np.inf, 1, 1], X), Y)
    with pytest.raises(BadInput, match=r"bandwidth = 0; expected a positive multiple"):
        cka(X, Y, kernel="rbf", bandwidth=0)
    with pytest.raises(BadInput, match="more than half of the pairs of samples are equal"):
        cka(np.repeat([[0.0], [1.0]], [8, 1], axis=0), Y, kernel="rbf")
    with pytest.raises(BadInput, match="batch = 3 for 9 samples; expected 4 to 4"):
        cka(X, Y, batch=3)
    with pytest.raises(BadInput, match="the second representation is constant"):
        cka(X, np.ones((9, 2)), batch=4)
    with pytest.raises(OutOfSpace, match="does not hold 9 samples of 2 layers; the least that works is"):
        cka(X, Y, memory=100)
