"""What every kind of attention must keep to."""

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from repscope.networks.attention import AttentionKind

if TYPE_CHECKING:
    from torch import nn


class AttentionKindTests:
    """Tests of one kind of attention. Inherit, and set `kind`.

    Examples
    --------
    >>> from repscope.networks.attention import ATTENTION
    >>> class TestStac(AttentionKindTests):
    ...     kind = ATTENTION["stac"]
    >>> TestStac().test_maps_keep_their_shape()
    """

    kind: ClassVar[AttentionKind]
    channels: ClassVar[int] = 8

    def block(self, **options: Any) -> "nn.Module":
        """A block with the options that are the usual ones."""
        import torch
        from torch import nn

        torch.manual_seed(0)
        made = self.kind.block(self.channels, **{**self.kind.options, **options})
        return nn.Identity() if made is None else made

    def test_declares_itself(self) -> None:
        """What it is stands in the help text."""
        assert self.kind.summary.strip()

    def test_maps_keep_their_shape(self) -> None:
        """Large and small, square and not."""
        import torch

        for height, width in ((16, 16), (16, 8), (8, 24), (4, 4), (1, 1)):
            maps = torch.randn(2, self.channels, height, width)
            found = self.block()(maps)
            assert found.shape == maps.shape
            assert bool(torch.isfinite(found).all())

    def test_images_do_not_see_each_other(self) -> None:
        """In evaluation mode an image's output is the same whatever else is in the batch."""
        import torch

        block, maps = self.block().eval(), torch.randn(3, self.channels, 8, 8)
        torch.testing.assert_close(block(maps)[1:2], block(maps[1:2]), rtol=1e-5, atol=1e-6)

    def test_every_weight_learns(self) -> None:
        """A gradient comes to each of its weights."""
        import torch

        block = self.block()
        (block(torch.randn(4, self.channels, 8, 8, requires_grad=True)) ** 2).sum().backward()
        for name, parameter in block.named_parameters():
            assert parameter.grad is not None, name

    def test_unknown_options_are_refused(self) -> None:
        """An option that it does not have is an error, not ignored."""
        if self.kind.block(self.channels) is None:
            return  # what does nothing reads nothing; a network's settings are checked before
        with pytest.raises(TypeError):
            self.kind.block(self.channels, no_such_option=1)
