"""Picture files of every kind, as people see them."""

import numpy as np
import pytest
from PIL import Image

from repscope.core.errors import Damaged
from repscope.data._pictures import picture_suffixes, read_picture

RAMP = np.linspace(0, 255, 16 * 16).round().reshape(16, 16).astype(np.uint8)
COLOURS = np.stack([RAMP, RAMP.T, 255 - RAMP], axis=2)


def saved(tmp_path, picture, name, **options):
    path = tmp_path / name
    picture.save(path, **options)
    return read_picture(path, name)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.ppm", "a.tga", "a.PNG"])
def test_colours_without_loss(tmp_path, name):
    assert (saved(tmp_path, Image.fromarray(COLOURS), name) == COLOURS).all()


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.jp2"])
def test_colours_with_loss(tmp_path, name):
    smooth = np.asarray(Image.fromarray(COLOURS).resize((64, 64), Image.Resampling.BICUBIC))
    image = saved(tmp_path, Image.fromarray(smooth), name)
    assert np.abs(image.astype(int) - smooth).mean() < 8


def test_greys_have_three_equal_channels(tmp_path):
    assert (saved(tmp_path, Image.fromarray(RAMP), "a.png") == RAMP[..., None]).all()
    bits = Image.fromarray(RAMP).convert("1")
    assert (saved(tmp_path, bits, "b.png") == np.asarray(bits.convert("L"))[..., None]).all()


@pytest.mark.parametrize("name", ["a.png", "a.tiff", "a.pgm"])
def test_greys_of_16_bits_are_scaled_not_cut(tmp_path, name):
    deep = RAMP.astype(np.uint16) * 257
    assert (saved(tmp_path, Image.fromarray(deep), name) == RAMP[..., None]).all()


def test_real_greys_reach_from_0_to_1(tmp_path):
    image = saved(tmp_path, Image.fromarray((RAMP / 255).astype(np.float32)), "a.tiff")
    assert (image == RAMP[..., None]).all()
    with pytest.raises(
        Damaged, match=r"'b.tiff' cannot be read \(ValueError: its values reach from 0.0 to 255.0, expected"
    ):
        saved(tmp_path, Image.fromarray(RAMP.astype(np.float32)), "b.tiff")


def test_what_is_transparent_is_white(tmp_path):
    alpha = np.zeros((16, 16), np.uint8)
    alpha[:, 8:] = 255
    expected = np.where(alpha[..., None] == 255, COLOURS, 255)
    rgba = Image.fromarray(np.dstack([COLOURS, alpha]))
    assert (saved(tmp_path, rgba, "a.png") == expected).all()
    grey = Image.merge("LA", [Image.fromarray(RAMP), Image.fromarray(alpha)])
    assert (saved(tmp_path, grey, "b.png") == np.where(alpha == 255, RAMP, 255)[..., None]).all()
    palette = Image.fromarray(np.repeat([[0, 1]], 8, axis=1).repeat(16, axis=0).astype(np.uint8), mode=None).convert(
        "P"
    )
    palette.putpalette([9, 9, 9, 0, 0, 200])
    image = saved(tmp_path, palette, "c.gif", transparency=0)
    assert image[0, 0].tolist() == [255, 255, 255]
    assert image[0, 15].tolist() == [0, 0, 200]
    half = Image.fromarray(np.dstack([np.zeros((4, 4, 3), np.uint8), np.full((4, 4), 128, np.uint8)]))
    assert np.unique(saved(tmp_path, half, "d.png")).tolist() == [127]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_s_orientation_is_applied(tmp_path, orientation):
    shown = COLOURS[:12]  # wider than high
    turns = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a), 7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turns[orientation](shown)))
    assert (saved(tmp_path, stored, "a.png", exif=exif) == shown).all()


def test_other_colour_spaces_and_animations(tmp_path):
    plain = Image.new("RGB", (16, 16), (200, 30, 60))
    cmyk = saved(tmp_path, plain.convert("CMYK"), "a.tiff")
    assert np.abs(cmyk.astype(int) - (200, 30, 60)).max() <= 2
    frames = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    assert read_picture(tmp_path / "b.gif", "b.gif")[0, 0].tolist() == [255, 0, 0]


def test_broken_files_are_named(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / "whole.png")
    content = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "empty.png").write_bytes(b"")
    for name in ("half.png", "text.jpg", "empty.png"):
        with pytest.raises(
            Damaged, match=rf"the image 'cats/{name}' cannot be read .*leave such images out with skip_broken"
        ):
            read_picture(tmp_path / name, f"cats/{name}")


def test_formats_that_call_other_programs_are_left_out():
    assert {".png", ".jpg", ".jpeg", ".webp", ".tif", ".gif", ".bmp"} <= picture_suffixes()
    assert picture_suffixes().isdisjoint({".eps", ".wmf", ".pdf", ".txt", ".py"})
