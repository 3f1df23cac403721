"""Trap 33: the total variation at β = 1 has no gradient on flat images, and inversions become NaN. Ours has one."""

import pytest
import torch

from repscope.units.pictures import invert, total_variation
from tests.units.small import Modules


@pytest.mark.parametrize("beta", [0.5, 1.0, 1.5, 2.0])
def test_flat_images_have_a_gradient(beta):
    flat = torch.full((1, 3, 8, 8), 0.5, requires_grad=True)
    value = total_variation(flat, beta)
    assert float(value.detach()) == pytest.approx(0, abs=1e-6)
    (slope,) = torch.autograd.grad(value.sum(), flat)
    assert bool((slope == 0).all())
    naive = (flat[..., 1:] - flat[..., :-1]).square()
    if beta < 2:  # the trap
        (trapped,) = torch.autograd.grad((naive ** (beta / 2)).sum(), flat)
        assert bool(torch.isnan(trapped).any())


def test_inversions_are_numbers():
    found = invert(Modules(), "second", torch.full((1, 3, 16, 16), 0.5), beta=1.0, strength=10.0, steps=30)
    assert bool(torch.isfinite(found.images).all())
