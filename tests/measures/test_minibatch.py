"""CKA in batches: of any number of layers, beside its definition, whatever the threads, and refused."""

import numpy as np
import pytest
import torch

from repscope import cka
from repscope.core.errors import BadInput
from repscope.core.points import as_points
from repscope.measures._minibatch import minibatch_alignment
from tests.references.kernels import gaussian, unbiased_hsic

G = np.random.default_rng(0)
LAYERS = [G.normal(size=(41, 3)) + 100, G.normal(size=(41, 400)), np.tanh(G.normal(size=(41, 2)))]
LAYERS.append(LAYERS[1][:, :5] * 7)


def aligned(layers, batch=10, kind="linear"):
    return minibatch_alignment([as_points(layer) for layer in layers], batch, kind, 1.0, False)


def by_definition(kernels, batch):
    order = np.random.default_rng(0).permutation(len(kernels[0]))
    total = np.zeros((len(kernels), len(kernels)))
    for start in range(0, len(order) - batch + 1, batch):
        here = np.ix_(*[order[start : start + batch]] * 2)
        total += [[unbiased_hsic(a[here], b[here]) for a in kernels] for b in kernels]
    return total / np.sqrt(np.outer(np.diag(total), np.diag(total)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_number_of_layers_as_defined(dtype):
    layers = [layer.astype(dtype) for layer in LAYERS]
    expected = by_definition([p @ p.T for p in map(np.float64, layers)], 10)
    found = [[score.value for score in row] for row in aligned(layers)]
    np.testing.assert_allclose(found, expected, atol=1e-9 if dtype is np.float64 else 1e-6)


def test_other_kernels_as_defined():
    pairs = np.triu_indices(41, 1)
    sigmas = [np.median(np.linalg.norm(p[:, None] - p[None], axis=2)[pairs]) for p in LAYERS]
    expected = by_definition([gaussian(p, sigma) for p, sigma in zip(LAYERS, sigmas, strict=True)], 10)
    found = [[score.value for score in row] for row in aligned(LAYERS, kind="rbf")]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_pairs_alone_and_together():
    together, alone = aligned(LAYERS)[1][3], cka(LAYERS[1], LAYERS[3], batch=10)
    assert together.value == pytest.approx(alone.value, rel=1e-12)
    assert together.interval == pytest.approx(alone.interval, rel=1e-12)
    assert together.notes == alone.notes


def test_threads_change_no_bit():
    wide, found = G.normal(size=(3, 300, 700)).astype(np.float32), []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append([[score.as_dict() for score in row] for row in aligned(wide, 60)])
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


def test_refusals():
    with pytest.raises(BadInput, match=r"^layer 2 of 3 is constant: all samples are equal"):
        aligned([LAYERS[0], np.full((41, 3), 0.1), LAYERS[1]])
    with pytest.raises(BadInput, match=r"^layer 3 of 3: 1 of 2 features have NaN or infinite values"):
        aligned([*LAYERS[:2], np.where(np.eye(41, 2)[::-1] > 0, [np.nan, 1], LAYERS[2])])
    with pytest.raises(BadInput, match=r"products of features of layer 1 of 2 are beyond the range of torch.float32"):
        aligned([(LAYERS[0] * 1e20).astype(np.float32), LAYERS[1]])
    for dtype in (np.float64, np.float32):
        with pytest.raises(BadInput, match=r"equally alike in layer 1 of 2, within batches; CKA is not defined"):
            aligned([np.eye(41, dtype=dtype), LAYERS[0]])
