"""Which of several weights in a file were taken, and files that torch itself loads."""

import copy
import warnings

import pytest
import safetensors.torch
import torch
from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from repscope import load_network
from repscope.core.errors import BadInput, NotFound
from repscope.networks._weights import put_weights, read_weights


def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))


def other(module, by=1.0):
    changed = copy.deepcopy(module)
    with torch.no_grad():
        for parameter in changed.parameters():
            parameter.add_(by)
    return changed.state_dict()


def put(path, module):
    return put_weights(module, read_weights(path), "mine")


def same(module, state):
    return all(
        torch.equal(module.state_dict()[name], tensor) for name, tensor in state.items() if name in module.state_dict()
    )


@pytest.mark.parametrize(
    ("plain", "average"), [("state_dict", "state_dict_ema"), ("model", "ema"), ("model", "model_ema")]
)
def test_averages_beside_plain_weights_are_named(plain, average, tmp_path):
    state = build().state_dict()
    averaged = other(build())
    torch.save(
        {plain: state, average: averaged, "epoch": 3, "optimizer": {"state": {0: {"m": torch.ones(3)}}}},
        tmp_path / "w.pth",
    )
    module = build()
    with pytest.warns(
        UserWarning,
        match=rf"holds more than one set of weights for 'mine': '{plain}' was taken, and {average} was not; choose",
    ):
        about = put(tmp_path / "w.pth", module)
    assert same(module, state)
    assert about["passed_over"] == [average]
    with pytest.warns(UserWarning, match=f"'{average}' was taken, and {plain} was not"):
        put(f"{tmp_path / 'w.pth'}:{average}", module)
    assert same(module, averaged)


def test_averages_alone_are_taken_and_said(tmp_path):
    averaged = other(build())
    torch.save({"state_dict_ema": averaged}, tmp_path / "w.pth")
    module = build()
    assert put(tmp_path / "w.pth", module)["unwrapped"] == ["state_dict_ema"]
    assert same(module, averaged)


def test_several_without_a_usual_name_are_asked_for(tmp_path):
    torch.save({"student": build().state_dict(), "teacher": other(build())}, tmp_path / "w.pth")
    with pytest.raises(
        BadInput, match=r"holds 2 state dicts \(student, teacher\); say which: --weights .*w.pth:student"
    ):
        read_weights(tmp_path / "w.pth")
    assert read_weights(f"{tmp_path / 'w.pth'}:teacher").passed_over == ("student",)
    with pytest.raises(NotFound, match=r"has no state dict 'best'; known: 'student', 'teacher'"):
        read_weights(f"{tmp_path / 'w.pth'}:best")


def test_keys_within_keys_and_names_with_colons(tmp_path):
    torch.save({"ema": {"module": other(build())}, "net": build().state_dict()}, tmp_path / "a:b.pth")
    assert read_weights(tmp_path / "a:b.pth").unwrapped == ("net",)
    assert read_weights(f"{tmp_path}/a:b.pth:ema.module").unwrapped == ("ema", "module")
    safetensors.torch.save_file(build().state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(NotFound, match="is a safetensors file, which has no keys such as 'ema'"):
        read_weights(f"{tmp_path / 'w.safetensors'}:ema")


def test_torchs_averaged_model(tmp_path):
    average = torch.optim.swa_utils.AveragedModel(build())
    torch.save(average.state_dict(), tmp_path / "w.pth")
    module = nn.Sequential(*build())
    assert put(tmp_path / "w.pth", module) == {
        "weights": str(tmp_path / "w.pth"),
        "unwrapped": ["module."],
        "unused": ["n_averaged"],
    }


def test_a_criterion_beside_the_network_is_said(tmp_path):
    state = {f"model.{name}": tensor for name, tensor in build().state_dict().items()}
    torch.save({"state_dict": {**state, "criterion.weight": torch.ones(3)}}, tmp_path / "w.ckpt")
    assert put(tmp_path / "w.ckpt", build())["unused"] == ["criterion.weight"]
    state.pop("model.0.weight")
    torch.save({"state_dict": {**state, "criterion.weight": torch.ones(3)}}, tmp_path / "w.ckpt")
    with pytest.raises(BadInput, match=r"1 missing: 0.weight"):
        put(tmp_path / "w.ckpt", build())
    torch.save(
        {"state_dict": {**state, "model.0.weight": build()[0].weight.detach(), "model.9.weight": torch.ones(3)}},
        tmp_path / "w.ckpt",
    )
    with pytest.raises(BadInput, match=r"1 unexpected: 9.weight"):
        put(tmp_path / "w.ckpt", build())


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.second.weight = self.first.weight


def test_tied_weights_of_which_the_file_keeps_one(tmp_path):
    saved, module = Tied(), Tied()
    safetensors.torch.save_model(saved, str(tmp_path / "t.safetensors"))
    put(tmp_path / "t.safetensors", module)
    assert torch.equal(module.second.weight, saved.first.weight)
    assert module.second.weight is module.first.weight


def test_old_weight_norm_into_the_new(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old = nn.utils.weight_norm(nn.Linear(4, 3))
    torch.save(old.state_dict(), tmp_path / "w.pth")
    new = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    put(tmp_path / "w.pth", new)
    torch.testing.assert_close(new.weight, old.weight)


def test_a_batch_norm_into_a_frozen_one(tmp_path):
    state = build().state_dict()
    torch.save(state, tmp_path / "w.pth")
    frozen = build()
    frozen[1] = FrozenBatchNorm2d(8)
    put(tmp_path / "w.pth", frozen)
    assert same(frozen, state)


def test_what_is_refused_changes_nothing(tmp_path):
    module = build()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = other(module)
    state["4.weight"] = torch.zeros(7, 8)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(BadInput, match=r"1 mis-shaped: 4.weight is 7×8 and should be 3×8"):
        put(tmp_path / "w.pth", module)
    assert same(module, before)


def test_half_precision_into_float(tmp_path):
    torch.save(build().half().state_dict(), tmp_path / "w.pth")
    module = build()
    put(tmp_path / "w.pth", module)
    assert module[0].weight.dtype == torch.float32


class Own(nn.Linear):
    def load_state_dict(self, *given, **more):
        raise RuntimeError("only on Sundays")


def test_a_module_that_refuses_by_itself(tmp_path):
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "w.pth")
    module = Own(2, 2)
    with pytest.raises((BadInput, RuntimeError), match="only on Sundays"):
        put(tmp_path / "w.pth", module)


@pytest.mark.filterwarnings("default")
def test_on_the_command_line(tmp_path, capsys):
    from repscope.cli import main

    (tmp_path / "m.py").write_text(
        "from torch import nn\n\ndef build():\n    return nn.Sequential(nn.Conv2d(3, 2, 3))\n"
    )
    network = load_network(f"{tmp_path}/m.py:build", size=8)
    torch.save({"model": network.module.state_dict(), "ema": other(network.module)}, tmp_path / "w.pth")
    main_call = ["layers", f"{tmp_path}/m.py:build", "--network-set", "size=8", "--weights", f"{tmp_path}/w.pth"]
    with pytest.raises(SystemExit):
        main(main_call)
    assert "ema was not; choose" in capsys.readouterr().err
