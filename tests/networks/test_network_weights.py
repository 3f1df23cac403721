"""Weights from files: what fits, what does not, and what is refused."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from repscope.core.errors import BadInput, Damaged, NotFound
from repscope.networks import load_network
from repscope.networks import repscope as family
from repscope.networks._weights import put_weights, read_weights

SHIPPED = Path(family.__file__).parent / "weights" / "resnet20-digits.safetensors"


def small() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


class Code:
    """A pickle of this runs a command when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("by_torch", [True, False])
def test_a_pickle_with_code_is_refused_and_not_executed(tmp_path: Path, by_torch: bool) -> None:
    proof, file = tmp_path / "executed", tmp_path / "weights.pt"
    content = {**small().state_dict(), "extra": Code(proof)}
    if by_torch:
        torch.save(content, file)
    else:
        file.write_bytes(pickle.dumps(content))
    with pytest.raises(
        BadInput, match=r"was refused, and nothing in it was executed: it is a pickle that .*, not a plain state"
    ):
        load_network("repscope:resnet20", weights=file)
    assert not proof.exists()
    # the file is as bad as it is meant to be
    if not by_torch:
        pickle.loads(file.read_bytes())
        assert proof.exists()


def test_a_whole_pickled_module_is_refused(tmp_path: Path) -> None:
    torch.save(small(), tmp_path / "module.pt")
    with pytest.raises(BadInput, match=r"a pickle that wants torch.nn.modules.*; save module.state_dict\(\) instead"):
        read_weights(tmp_path / "module.pt")


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_a_state_dict_is_put_in_whole(tmp_path: Path, kind: str) -> None:
    torch.manual_seed(2)
    wanted = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2)).state_dict()
    file = tmp_path / f"weights.{kind}"
    save_file(wanted, file) if kind == "safetensors" else torch.save(wanted, file)
    module = small()
    assert put_weights(module, read_weights(file), "mine") == {"weights": str(file)}
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, wanted[name])


def test_safetensors_are_known_by_their_content(tmp_path: Path) -> None:
    save_file(small().state_dict(), tmp_path / "weights.bin")
    assert len(read_weights(tmp_path / "weights.bin").tensors) == len(small().state_dict())


@pytest.mark.parametrize(
    ("wrap", "taken_off"),
    [
        (lambda s: {"epoch": 3, "state_dict": s}, ["state_dict"]),
        (lambda s: {"model": s, "optimizer": {"lr": 0.1}}, ["model"]),
        (lambda s: {f"module.{n}": t for n, t in s.items()}, ["module."]),
        (
            lambda s: {"state_dict": {f"module._orig_mod.{n}": t for n, t in s.items()}},
            ["state_dict", "module.", "_orig_mod."],
        ),
    ],
)
def test_wrappers_are_taken_off_and_said(tmp_path: Path, wrap: object, taken_off: list[str]) -> None:
    state = small().state_dict()
    torch.save(wrap(state), tmp_path / "weights.pt")  # type: ignore[operator]
    module = small()
    made = put_weights(module, read_weights(tmp_path / "weights.pt"), "mine")
    assert made["unwrapped"] == taken_off
    assert torch.equal(module.state_dict()["0.weight"], state["0.weight"])


def test_a_prefix_that_the_network_needs_stays(tmp_path: Path) -> None:
    module = nn.ModuleDict({"model": small()})
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    assert "unwrapped" not in put_weights(module, read_weights(tmp_path / "weights.pt"), "mine")


def test_the_count_of_batches_may_be_missing(tmp_path: Path) -> None:
    state = {n: t for n, t in small().state_dict().items() if not n.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "weights.pt")
    put_weights(small(), read_weights(tmp_path / "weights.pt"), "mine")


def test_tensors_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    state = small().state_dict()
    del state["0.bias"]
    state["head.weight"] = torch.zeros(2)
    state["3.weight"] = torch.zeros(5, 4)
    torch.save(state, tmp_path / "weights.pt")
    text = (
        r"do not fit 'mine' \(9 tensors\): 1 missing: 0.bias; 1 unexpected: head.weight; "
        r"1 mis-shaped: 3.weight is 5×4 and should be 2×4$"
    )
    with pytest.raises(BadInput, match=text):
        put_weights(small(), read_weights(tmp_path / "weights.pt"), "mine")


def test_long_lists_are_shortened_with_counts(tmp_path: Path) -> None:
    save_file({f"layer{i}.weight": torch.zeros(1) for i in range(12)}, tmp_path / "weights.safetensors")
    text = r"\d+ missing: neck.convolution.weight, .* and \d+ more; 12 unexpected: layer0.weight, .* and 7 more$"
    with pytest.raises(BadInput, match=text):
        load_network("repscope:resnet20", weights=tmp_path / "weights.safetensors")


def test_another_number_of_classes_is_said(tmp_path: Path) -> None:
    save_file(load_network("repscope:resnet20", classes=7).module.state_dict(), tmp_path / "weights.safetensors")
    text = "2 mis-shaped: classifier.bias is 7 and should be 10, .* and should be 10×64; is the number of classes .classes=…. or of"
    with pytest.raises(BadInput, match=text):
        load_network("repscope:resnet20", weights=tmp_path / "weights.safetensors")
    assert (
        load_network("repscope:resnet20", weights=tmp_path / "weights.safetensors", classes=7).settings["classes"] == 7
    )


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    state = small().state_dict()
    state["3.bias"][0] = torch.nan
    torch.save(state, tmp_path / "weights.pt")
    with pytest.raises(BadInput, match=r"hold NaN or infinite values in 1 tensors: 3.bias"):
        put_weights(small(), read_weights(tmp_path / "weights.pt"), "mine")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(
        NotFound, match=r"there is no weights file .*; expected a safetensors file, a state dict, or 'random'"
    ):
        read_weights(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([torch.zeros(1)], "holds a list; expected a state dict"),
        ({}, "is no state dict: it is empty"),
        ({"weight": torch.zeros(1), "epoch": 3}, r"is no state dict: 'epoch' \(int\); expected tensors by name"),
    ],
)
def test_what_is_no_state_dict(tmp_path: Path, content: object, text: str) -> None:
    torch.save(content, tmp_path / "weights.pt")
    with pytest.raises(BadInput, match=text):
        read_weights(tmp_path / "weights.pt")


@pytest.mark.parametrize("content", [b"nothing of the kind", b"abc", b""])
@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
def test_damaged_files(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Damaged, match="cannot be read as safetensors"):
        read_weights(tmp_path / name)


def test_a_truncated_state_dict(tmp_path: Path) -> None:
    torch.save(small().state_dict(), tmp_path / "weights.pt")
    whole = (tmp_path / "weights.pt").read_bytes()
    (tmp_path / "weights.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match="truncated, damaged or of another kind"):
        read_weights(tmp_path / "weights.pt")


def test_a_flipped_byte_in_a_shipped_file_is_noticed(tmp_path: Path) -> None:
    content = bytearray(SHIPPED.read_bytes())
    content[-100] ^= 1
    (tmp_path / "weights.safetensors").write_bytes(bytes(content))
    with pytest.raises(Damaged, match="does not agree with its checksum"):
        load_network("repscope:resnet20", weights=tmp_path / "weights.safetensors")
