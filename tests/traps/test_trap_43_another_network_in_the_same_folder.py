"""Trap 43: old numbers are given for a network or pictures that were changed. Ours: identity is code, structure and contents."""

import os
import sys

import numpy as np
import pytest
from PIL import Image
from torch import nn

from repscope import load_data, load_network
from repscope.activations import record
from repscope.core.errors import Mismatch
from tests.activations.small import images, network


def test_a_helper_that_the_file_imports(tmp_path):
    (tmp_path / "net.py").write_text(
        "from torch import nn\nfrom act43 import Act\n\ndef build():\n    return nn.Sequential(nn.Conv2d(3, 4, 3), Act())\n"
    )
    (tmp_path / "act43.py").write_text("from torch.nn import ReLU as Act\n")
    record(load_network(f"{tmp_path}/net.py:build", size=8), images(), ["1"], tmp_path / "run")
    (tmp_path / "act43.py").write_text("from torch.nn import GELU as Act\n")
    with pytest.raises(Mismatch, match="holds a recording of something else"):
        record(load_network(f"{tmp_path}/net.py:build", size=8), images(), ["1"], tmp_path / "run")
    sys.modules.pop("act43", None)


def test_an_activation_replaced_in_python(tmp_path):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    record(network(module), images(), ["1"], tmp_path)
    module[1] = nn.GELU()
    with pytest.raises(Mismatch, match="holds a recording of something else"):
        record(network(module), images(), ["1"], tmp_path)


def test_other_pictures_of_the_same_size(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(80):
        Image.fromarray(np.full((8, 8, 3), i, np.uint8)).save(folder / f"{i:02d}.bmp")
    module = network(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()))
    record(module, load_data(f"folder:{folder}"), ["1"], tmp_path / "run")
    facts = (folder / "33.bmp").stat()
    Image.fromarray(np.full((8, 8, 3), 250, np.uint8)).save(folder / "33.bmp")
    os.utime(folder / "33.bmp", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    with pytest.raises(Mismatch, match=r"data\.images"):
        record(module, load_data(f"folder:{folder}"), ["1"], tmp_path / "run")
