"""From images of any sizes to batches."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repscope.core.errors import BadInput
from repscope.networks import FitNormalise, PerImage
from repscope.networks._preprocess import fit

sides = st.integers(1, 60)


@settings(max_examples=40)
@given(sides, sides, sides, sides, st.integers(0, 255))
def test_fit_gives_the_size_and_keeps_flat_images_flat(h: int, w: int, height: int, width: int, value: int) -> None:
    fitted = fit(torch.full((3, h, w), value, dtype=torch.uint8), height, width)
    assert fitted.shape == (3, height, width)
    torch.testing.assert_close(fitted, torch.full_like(fitted, value / 255))


def test_images_of_the_right_size_are_only_scaled() -> None:
    image = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    assert torch.equal(fit(image, 32, 32), image.float() / 255)
    assert torch.equal(fit(image.float() / 255, 32, 32), image.float() / 255)


def test_fit_is_antialiased_and_cuts_out_the_middle() -> None:
    checker = (torch.arange(64)[:, None] + torch.arange(64)) % 2 * 255
    shrunk = fit(checker.to(torch.uint8).expand(3, -1, -1), 16, 16)
    assert (shrunk - 0.5).abs().max() < 0.05  # picking pixels would leave nothing but 0 and 1
    wide = torch.zeros(3, 20, 60, dtype=torch.uint8)
    wide[:, :, 20:40] = 255
    assert fit(wide, 20, 20).min() == 1


def test_normalisation_by_channel() -> None:
    image = torch.tensor([51, 102, 153], dtype=torch.uint8)[:, None, None].expand(3, 4, 4)
    batch = FitNormalise(4, 4, (0.1, 0.2, 0.3), (0.5, 1.0, 2.0))([image])
    torch.testing.assert_close(batch[0, :, 0, 0], torch.tensor([(0.2 - 0.1) / 0.5, 0.4 - 0.2, (0.6 - 0.3) / 2]))


def test_one_mean_makes_images_grey() -> None:
    image = torch.tensor([255, 0, 0], dtype=torch.uint8)[:, None, None].expand(3, 4, 4)
    batch = FitNormalise(4, 4, (0.0,), (1.0,))([image])
    assert batch.shape == (1, 1, 4, 4)
    torch.testing.assert_close(batch.unique(), torch.tensor([0.299]))


def test_an_image_is_prepared_alike_in_every_batch() -> None:
    images = [torch.randint(0, 256, (3, h, w), dtype=torch.uint8) for h, w in ((20, 31), (64, 40), (32, 32), (32, 32))]
    prepare = FitNormalise(32, 32, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4))
    together = prepare(images)
    for i, image in enumerate(images):
        assert torch.equal(prepare([image])[0], together[i])


def test_pil_transforms_get_pillow_images_of_both_kinds() -> None:
    from torchvision.transforms import ToTensor

    image = torch.randint(0, 256, (3, 8, 8), dtype=torch.uint8)
    batch = PerImage(ToTensor(), takes="pil")([image, image.float() / 255])
    assert torch.equal(batch[0], image.float() / 255)
    assert torch.equal(batch[1], batch[0])


def test_a_failing_transform_says_on_what_and_how_to_help() -> None:
    from torchvision.transforms import ToTensor

    with pytest.raises(BadInput, match=r"failed on an image \(3, 8, 8\) of torch.uint8, given as Tensor.*takes='pil'"):
        PerImage(ToTensor())([torch.zeros(3, 8, 8, dtype=torch.uint8)])


@pytest.mark.parametrize(
    ("transform", "text"),
    [
        (lambda image: image, r"gave \(3, 4, 4\) torch.uint8 and \(3, 5, 5\) torch.uint8; expected a float tensor"),
        (
            lambda image: image.float(),
            r"gave \(3, 4, 4\) torch.float32 and \(3, 5, 5\) torch.float32; .* all of one shape",
        ),
        (lambda image: image.float().numpy(), "gave ndarray; expected a float tensor"),
        (lambda image: torch.zeros(5), r"gave \(5,\) torch.float32; expected"),
    ],
)
def test_what_is_no_batch_is_refused(transform: object, text: str) -> None:
    images = [torch.zeros(3, 4, 4, dtype=torch.uint8), torch.zeros(3, 5, 5, dtype=torch.uint8)]
    with pytest.raises(BadInput, match=text):
        PerImage(transform)(images)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mean", "std", "text"),
    [
        ((0.5,), (0.5, 0.5, 0.5), "a mean of 1 and a std of 3 numbers; expected 3 of each"),
        ((0.5, 0.5), (0.5, 0.5), "a mean of 2 and a std of 2 numbers"),
        ((0.5,), (0.0,), r"std=\[0.0\] would divide by zero"),
    ],
)
def test_impossible_normalisations_are_refused(mean: tuple[float, ...], std: tuple[float, ...], text: str) -> None:
    with pytest.raises(BadInput, match=text):
        FitNormalise(4, 4, mean, std)


def test_descriptions_hold_no_address_in_memory() -> None:
    from torchvision.transforms import v2

    assert FitNormalise(4, 6, (0.5,), (0.5,)).describe()["size"] == [4, 6]
    assert "Resize" in PerImage(v2.Resize(4)).describe()["transform"]
    described = PerImage(test_descriptions_hold_no_address_in_memory).describe()["transform"]  # type: ignore[arg-type]
    assert described.endswith("test_descriptions_hold_no_address_in_memory")
    assert "0x" not in described
