"""The ready configuration for ImageNet: ten networks of timm and torchvision, here with random weights and few images."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from repscope.core.optional import optional
from repscope.studies import STUDIES
from repscope.studies._interchange import RANDOM

FILE = Path(__file__).parents[2] / "experiments" / "interchange_imagenet" / "settings.yaml"


def settings() -> dict:
    return yaml.safe_load(FILE.read_text(encoding="utf8"))


def test_all_ten_are_there_with_weights():
    from torchvision import models

    pretrained = optional("timm", "the test", "timm").list_pretrained()
    assert len(settings()["networks"]) == 10
    for address in settings()["networks"]:
        word, _, name = address.partition(":")
        assert name in (pretrained if word == "timm" else models.list_models(module=models)), address
    STUDIES["interchange"].with_settings(settings()).check()


@pytest.mark.slow
def test_it_runs_through(tmp_path):
    random = np.random.default_rng(0)
    for number in range(64):
        place = tmp_path / "images" / ("train" if number < 48 else "val") / "abcd"[number % 4]
        place.mkdir(parents=True, exist_ok=True)
        small = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        small[..., number % 3] = 60 * (number % 4)
        Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC).save(place / f"{number:02d}.jpg")
    given = {"weights": "random", "by_index": True, "kinds": ["ridge", "identity"], "batch": 16}
    study = STUDIES["interchange"].with_settings({**settings(), **given, "data": f"folder:{tmp_path / 'images'}"})
    result = study.run(tmp_path / "study", print)
    tables = {table.name: table for table in result.tables}
    assert len(tables["hybrids"].rows) == 11
    assert tables["hybrids"].rows[-1][0] == RANDOM
    heads = {row[0]: row[-1] for row in tables["networks"].rows}
    assert all(heads.values())
    assert tables["published"].title.endswith("not the same data")
