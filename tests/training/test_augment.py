"""Augmentation of batches: each change against a slow and obvious version of it."""

import colorsys
import math
from collections.abc import Callable

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as v2

from repscope.training import Augmentation
from repscope.training import _augment as module
from repscope.training._augment import augment_batch

OFF = dict.fromkeys(
    ("translate", "rotate", "flip", "brightness", "contrast", "saturation", "hue", "jitter", "grey", "blur"), 0.0
)


def only(**amounts: float) -> Augmentation:
    return Augmentation(**{**OFF, **amounts})


def images(count: int = 6, h: int = 16, w: int = 16) -> torch.Tensor:
    return torch.rand(count, 3, h, w, generator=torch.Generator().manual_seed(5))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def extreme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every draw is the greatest one."""
    monkeypatch.setattr(module.Draws, "uniform", lambda draws, low, high: torch.full((draws.count,), high))


def test_nothing_asked_nothing_done() -> None:
    torch.testing.assert_close(augment_batch(images(), only(), seeded()), images(), atol=1e-6, rtol=0)


def test_everything_at_once_stays_an_image_and_is_its_seed_s() -> None:
    how = Augmentation(flip=0.5)
    first = augment_batch(images(), how, seeded(1))
    assert first.shape == images().shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(first, augment_batch(images(), how, seeded(1)))
    assert not torch.equal(first, augment_batch(images(), how, seeded(2)))


def test_every_image_has_its_own_draw() -> None:
    same = images(1).expand(8, -1, -1, -1)
    for how in (
        only(translate=4),
        only(rotate=15),
        only(brightness=0.4, jitter=1),
        only(hue=0.1, jitter=1),
        only(blur=2),
    ):
        changed = augment_batch(same, how, seeded())
        assert len({tuple(c.flatten().tolist()) for c in changed}) >= 6, how


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    augment_batch(images(), Augmentation(), seeded())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.usefixtures("extreme")
def test_translation_by_whole_pixels_and_reflection() -> None:
    x = images()
    moved = augment_batch(x, only(translate=3), seeded())
    torch.testing.assert_close(moved[:, :, :-3, :-3], x[:, :, 3:, 3:], atol=1e-5, rtol=0)
    torch.testing.assert_close(moved[:, :, :-3, -3:], x[:, :, 3:, -3:].flip(3), atol=1e-5, rtol=0)


@pytest.mark.usefixtures("extreme")
def test_rotation_by_right_angles() -> None:
    x = images()
    torch.testing.assert_close(
        augment_batch(x, only(rotate=90), seeded()), x.rot90(-1, (2, 3)).rot90(2, (2, 3)), atol=1e-5, rtol=0
    )
    wide = images(2, 10, 16)
    torch.testing.assert_close(augment_batch(wide, only(rotate=180), seeded()), wide.flip(2, 3), atol=1e-5, rtol=0)


@pytest.mark.usefixtures("extreme")
def test_rotation_keeps_circles_round_in_wide_images() -> None:
    """What is at equal distance from the middle stays so, whatever the sides of the image."""
    y, x = torch.meshgrid(torch.arange(21) - 10.0, torch.arange(41) - 20.0, indexing="ij")
    disc = torch.sigmoid(7 - (x**2 + y**2).sqrt()).expand(1, 3, -1, -1)
    turned = augment_batch(disc, only(rotate=35), seeded())
    seen = (x**2 + y**2).sqrt() < 9.5  # further out, reflections of the disc come in
    torch.testing.assert_close(turned[..., seen], disc[..., seen], atol=0.03, rtol=0)


def test_mirroring() -> None:
    torch.testing.assert_close(augment_batch(images(), only(flip=1), seeded()), images().flip(3), atol=1e-5, rtol=0)


def test_mirroring_happens_as_often_as_asked() -> None:
    x = images(2000, 2, 2)
    mirrored = (augment_batch(x, only(flip=0.3), seeded()) - x.flip(3)).abs().amax((1, 2, 3)) < 1e-5
    assert abs(float(mirrored.float().mean()) - 0.3) < 0.04


@pytest.mark.usefixtures("extreme")
def test_brightness_and_contrast() -> None:
    x = images() * 0.5
    torch.testing.assert_close(augment_batch(x, only(brightness=0.4, jitter=1), seeded()), 1.4 * x)
    luma = torch.einsum("bchw,c->bhw", x, torch.tensor([0.299, 0.587, 0.114])).mean((1, 2))[:, None, None, None]
    torch.testing.assert_close(
        augment_batch(x, only(contrast=0.2, jitter=1), seeded()), (luma + 1.2 * (x - luma)).clamp(0, 1)
    )


@pytest.mark.usefixtures("extreme")
def test_saturation_as_torchvision_has_it() -> None:
    from torchvision.transforms.v2.functional import adjust_saturation

    x = 0.4 + 0.2 * images()
    torch.testing.assert_close(
        augment_batch(x, only(saturation=0.2, jitter=1), seeded()), adjust_saturation(x, 1.2), atol=2e-3, rtol=0
    )


@pytest.mark.usefixtures("extreme")
def test_hue_turns_colours_the_same_way_as_hsv_and_leaves_greys() -> None:
    """Red, turned by a third of the circle, is green, up to the difference between YIQ and HSV."""
    red = torch.tensor([0.6, 0.4, 0.4])
    turned = torch.stack(
        [
            augment_batch(red[None, :, None, None].expand(1, 3, 4, 4), only(hue=h, jitter=1), seeded())[0, :, 0, 0]
            for h in (0.1, 0.2, 0.3)
        ]
    )
    for h, colour in zip((0.1, 0.2, 0.3), turned.tolist(), strict=True):
        assert colorsys.rgb_to_hsv(*colour)[0] == pytest.approx(h, abs=0.06)
        assert colorsys.rgb_to_yiq(*colour)[0] == pytest.approx(colorsys.rgb_to_yiq(*red.tolist())[0], abs=2e-3)
    grey = torch.full((1, 3, 4, 4), 0.3)
    torch.testing.assert_close(
        augment_batch(grey, only(hue=0.5, saturation=1, jitter=1), seeded()), grey, atol=1e-4, rtol=0
    )


def test_loss_of_colour() -> None:
    grey = augment_batch(images(), only(grey=1), seeded())
    expected = torch.einsum("bchw,c->bhw", images(), torch.tensor([0.299, 0.587, 0.114]))[:, None].expand(-1, 3, -1, -1)
    torch.testing.assert_close(grey, expected, atol=1e-5, rtol=0)


@pytest.mark.usefixtures("extreme")
def test_blur_is_the_gaussian_of_torchvision() -> None:
    from torchvision.transforms.v2.functional import gaussian_blur

    sigma = 1.3
    reach = math.ceil(2.5 * sigma)
    expected = gaussian_blur(images(), [2 * reach + 1] * 2, [sigma, sigma])
    torch.testing.assert_close(augment_batch(images(), only(blur=sigma), seeded()), expected, atol=1e-5, rtol=0)


def test_blur_of_tiny_images() -> None:
    assert augment_batch(images(2, 2, 3), only(blur=2), seeded()).isfinite().all()


class TestBesideTorchvision:
    """Every change by its greatest amount, beside `torchvision.transforms.v2` by that amount."""

    @pytest.mark.usefixtures("extreme")
    def test_translation(self) -> None:
        x = images()
        expected = v2.pad(x, [0, 0, 4, 4], padding_mode="symmetric")[:, :, 4:, 4:]
        changed = augment_batch(x, Augmentation.only("translate"), seeded())
        torch.testing.assert_close(changed, expected, atol=1e-5, rtol=0)

    @pytest.mark.usefixtures("extreme")
    def test_rotation(self) -> None:
        x = images(3, 32, 32)
        expected = v2.rotate(x, 15.0, InterpolationMode.BILINEAR)
        changed = augment_batch(x, Augmentation.only("rotation"), seeded())
        middle = torch.arange(32) - 15.5
        seen = (middle[:, None] ** 2 + middle**2).sqrt() < 15  # further out, torchvision has black and we reflections
        torch.testing.assert_close(changed[..., seen], expected[..., seen], atol=1e-4, rtol=0)

    def test_flip(self) -> None:
        x = images(64, 4, 4)
        changed = augment_batch(x, Augmentation.only("flip"), seeded())
        mirrored = (changed - v2.horizontal_flip(x)).abs().amax((1, 2, 3)) < 1e-5
        kept = (changed - x).abs().amax((1, 2, 3)) < 1e-5
        assert (mirrored ^ kept).all()
        assert 20 <= mirrored.sum() <= 44

    @pytest.mark.usefixtures("extreme")
    @pytest.mark.parametrize(
        ("amounts", "expected"),
        [
            ({"brightness": 0.4}, lambda x: v2.adjust_brightness(x, 1.4)),
            ({"contrast": 0.4}, lambda x: v2.adjust_contrast(x, 1.4)),
            ({"saturation": 0.2}, lambda x: v2.adjust_saturation(x, 1.2)),
        ],
    )
    def test_colour_jitter(self, amounts: dict[str, float], expected: Callable[[torch.Tensor], torch.Tensor]) -> None:
        x = 0.2 + 0.5 * images()
        changed = augment_batch(x, only(jitter=1, **amounts), seeded())
        torch.testing.assert_close(changed, expected(x), atol=2e-3, rtol=0)
        assert (changed - x).abs().max() > 0.02

    @pytest.mark.usefixtures("extreme")
    def test_hue_turns_as_far(self) -> None:
        """YIQ's circle is not HSV's, and it keeps luma where HSV keeps the value; the mean turn is the same."""
        x = 0.4 + 0.2 * images(20, 4, 4)  # nothing is clipped
        ours, theirs = augment_batch(x, only(hue=0.1, jitter=1), seeded()), v2.adjust_hue(x, 0.1)

        def hues(colours: torch.Tensor) -> torch.Tensor:
            pixels = colours.permute(0, 2, 3, 1).reshape(-1, 3).tolist()
            return torch.tensor([colorsys.rgb_to_hsv(*pixel)[0] for pixel in pixels])

        turned, expected = (((hues(changed) - hues(x)) % 1 + 0.5) % 1 - 0.5 for changed in (ours, theirs))
        assert float(expected.mean()) == pytest.approx(0.1, abs=1e-3)
        assert float(turned.mean()) == pytest.approx(0.1, abs=0.01)
        assert float((turned - expected).abs().max()) < 0.07

    def test_grayscale(self) -> None:
        x = images(100, 4, 4)
        changed = augment_batch(x, Augmentation.only("grayscale"), seeded())
        grey = (changed - v2.rgb_to_grayscale(x, 3)).abs().amax((1, 2, 3)) < 1e-3
        assert 10 <= grey.sum() <= 30
        torch.testing.assert_close(changed[~grey], x[~grey], atol=1e-5, rtol=0)

    @pytest.mark.usefixtures("extreme")
    def test_blur(self) -> None:
        expected = v2.gaussian_blur(images(), [11, 11], [2.0, 2.0])
        torch.testing.assert_close(
            augment_batch(images(), Augmentation.only("blur"), seeded()), expected, atol=1e-5, rtol=0
        )


def test_a_batch_in_shares_is_the_batch() -> None:
    """Processes that share a batch draw for all of it, so that every image is changed as it would be in one."""
    x, how = images(10), Augmentation.only("all")
    whole = augment_batch(x, how, seeded())
    shares = [augment_batch(x[i : i + 4], how, seeded(), among=(i, 10)) for i in (0, 4, 8)]
    torch.testing.assert_close(torch.cat(shares), whole, atol=1e-6, rtol=0)
