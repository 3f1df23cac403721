"""What networks cost: beside the paper's table, and fvcore's count."""

from typing import Any

import pytest
import torch
from torch import nn

from repscope.core.errors import BadInput
from repscope.networks import cost, load_network
from repscope.studies import complexity_table, published


def test_every_published_row_is_reproduced() -> None:
    rows = {(r[0], r[1], r[2]): r for r in complexity_table().rows}
    assert len(rows) == len(published("attention_modules_complexity")) == 25
    for row in published("attention_modules_complexity"):
        found = rows[(row["network"], row["dataset"], f"{row['attention']} {row['placement']}".strip())]
        loose = "wide" in row["network"] or row["attention"] == "BAM"
        if printed := row["parameters_thousands"]:
            ours, off = found[5], found[6]
            digit = 1 if len(printed) <= 3 else 100  # thousands as printed; millions to a tenth
            assert abs(off) <= 1.5 if loose else abs(ours - float(printed)) <= digit / 2, (row, ours)
        assert abs(found[9]) <= (3 if "wide" in row["network"] else 2), (row, found)


@pytest.mark.parametrize(
    "settings", [{}, {"attention": "stac"}, {"attention": "bam"}, {"attention": "se", "placement": "post"}]
)
def test_it_is_what_fvcore_counts(settings: dict[str, Any]) -> None:
    fvcore = pytest.importorskip("fvcore.nn")
    network = load_network("repscope:resnet20", weights="random", **settings)
    found = cost(network)
    counted = fvcore.FlopCountAnalysis(network.module.train(), torch.zeros(2, 3, 32, 32))
    by_operation = counted.unsupported_ops_warnings(False).uncalled_modules_warnings(False).by_operator()
    assert 2 * found.multiply_adds == by_operation["conv"] + by_operation["linear"]
    assert 2 * (found.flops - found.multiply_adds) == by_operation["batch_norm"]
    modules = counted.by_module()
    for layer in found.layers:
        assert 2 * layer.flops == modules[layer.layer], layer


def test_by_hand() -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1, groups=1), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 4 * 5, 7)
    )
    found = cost(module, (3, 8, 10))
    assert [(x.layer, x.kind, x.shape, x.parameters, x.multiply_adds, x.flops) for x in found.layers] == [
        ("0", "Conv2d", (8, 4, 5), 3 * 8 * 9 + 8, 20 * 8 * 27, 20 * 8 * 27),
        ("1", "BatchNorm2d", (8, 4, 5), 16, 0, 5 * 160),
        ("3", "Linear", (7,), 160 * 7 + 7, 160 * 7, 160 * 7),
    ]
    assert (found.parameters, found.multiply_adds, found.flops) == (224 + 16 + 1127, 4320 + 1120, 4320 + 1120 + 800)
    assert found.notes == ()


def test_attention_of_transformers_is_counted() -> None:
    module = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    found = cost(nn.Sequential(nn.Flatten(2), nn.Linear(12, 16), module), (5, 3, 4))  # 5 tokens of 12
    products = 5 * 12 * 16 + 4 * 5 * 16 * 16 + 2 * 5 * 5 * 16 + 2 * 5 * 16 * 32
    assert found.multiply_adds == products


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4, bias=False)
        self.again = self.first
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.first.weight
        self.bias = nn.Parameter(torch.zeros(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.tied(self.again(self.first(x.flatten(1)))) + self.bias


def test_shared_weights_are_counted_once_and_their_work_each_time() -> None:
    found = cost(Twice(), (1, 2, 2))
    assert (found.parameters, found.multiply_adds) == (16 + 4, 3 * 16)


def test_the_network_is_left_as_it_was() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout()).train()
    module[1].eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    cost(module, (3, 4, 4))
    assert [m.training for m in module] == [True, False, True]
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert not any(m._forward_hooks for m in module.modules())


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rnn(x.flatten(2))[0]


def test_what_is_not_counted_is_said() -> None:
    found = cost(Recurrent(), (3, 2, 2))
    assert found.notes == ("not counted, for they have weights and did nothing of a known kind: rnn",)


def test_frame_has_a_row_per_layer() -> None:
    frame = cost(load_network("repscope:resnet20")).frame()
    assert frame["parameters"].sum() == 272_474
    assert list(frame.columns) == ["layer", "kind", "shape", "parameters", "multiply_adds", "flops"]


def test_a_module_needs_a_shape() -> None:
    with pytest.raises(BadInput, match="the cost of a module depends on its input; give input_shape="):
        cost(nn.Linear(3, 4))


@pytest.mark.parametrize("shape", [(3, 32), (3, 0, 32), (3, 32.0, 32)])
@pytest.mark.usefixtures("unchecked")
def test_a_shape_that_is_none(shape: Any) -> None:
    with pytest.raises(BadInput, match=r"is no image; expected \(channels, height, width\), such as \(3, 32, 32\)"):
        cost(nn.Flatten(), shape)


def test_an_image_that_does_not_fit() -> None:
    with pytest.raises(BadInput, match=r"the network 'Conv2d' cannot take an image of 1 x 8 x 8 .*expected"):
        cost(nn.Conv2d(3, 4, 1), (1, 8, 8))
