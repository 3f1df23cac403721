"""Trap 37: random labels drawn over all classes leave one in C true. Ours are counted, or wrong by construction."""

import numpy as np
import pytest

from repscope import load_data
from repscope.studies._random_labels_words import sentences, share_true_by_luck
from repscope.training import noisy_labels


def test_one_in_c_stays_true_and_wrong_ones_do_not():
    truth = np.random.default_rng(0).integers(0, 5, 20_000)
    random, wrong = (noisy_labels(truth, 5, 1.0, kind, 0) for kind in ("random", "wrong"))
    assert abs((random == truth).mean() - 0.2) < 0.02  # the trap
    assert not (wrong == truth).any()
    assert set(wrong.tolist()) == set(range(5))


@pytest.mark.parametrize(("kind", "said"), [("random", "as luck has it"), ("wrong", "they are wrong by construction")])
def test_the_study_says_how_many(kind, said):
    data = load_data("glyphs", classes="ABCD", per_class=40)
    luck = share_true_by_luck(data, kind, 0)
    one = {"taught": 0.5, "train": 0.5, "validation": 0.5}
    layers = {layer: {"value": 0.5} for layer in ("input", "pool")}
    curves = {
        ("none", 0): dict.fromkeys(
            [f"{kind}|between", f"{kind}|taught classes", f"{kind}|true classes", "true|true classes"], layers
        )
    }
    words = sentences({f"none {labels}": [one] for labels in ("true", kind)}, curves, ["none"], kind, [luck])
    assert words[0].startswith(f"Of the {kind} labels {100 * luck:.1f} % are the true ones")
    assert said in words[0]
