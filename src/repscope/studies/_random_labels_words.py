"""What the study of random labels says."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from repscope.data import DataSet

Accuracies = Mapping[str, Sequence[Mapping[str, float]]]


def share_true_by_luck(data: "DataSet", kind: str, seed: int) -> float:
    """The share of the training images whose taught label is the true one."""
    from repscope.training import noisy_labels

    truth = data.partition("train").labels
    assert truth is not None
    return float((noisy_labels(truth, len(data.class_names), 1.0, kind, seed) == truth).mean())


def sentences(
    accuracies: Accuracies,
    curves: Mapping[tuple[str, int], Mapping[str, Mapping[str, Any]]],
    held: Sequence[str],
    kind: str,
    luck: Sequence[float],
) -> tuple[str, ...]:
    """In words.

    Parameters
    ----------
    accuracies : mapping
        By "regulariser, labels", of each seed: taught, train, validation.
    curves : mapping
        By regulariser and seed: curves over layers.
    held : sequence of str
        Regularisers.
    kind : str
        Of the random labels.
    luck : sequence of float
        Of each seed, the share of random labels that are true.
    """

    def mean(name: str, labels: str, part: str) -> float:
        return 100 * float(np.mean([one[part] for one in accuracies[f"{name} {labels}"]]))

    out = [
        f"Of the {kind} labels {100 * float(np.mean(luck)):.1f} % are the true ones"
        + (", as luck has it." if kind != "wrong" else ": they are wrong by construction.")
    ]
    first = held[0]
    learned, right = mean(first, kind, "taught"), mean(first, kind, "validation")
    out.append(
        f"Held back by {first}, networks give {learned:.1f} % of the training images the {kind} label that they were taught, and "
        f"{right:.1f} % of the validation images their class; on true labels {mean(first, 'true', 'taught'):.1f} and "
        f"{mean(first, 'true', 'validation'):.1f} %."
    )
    others = [name for name in held if name != first]
    if others:
        out.append(
            f"The same {kind} labels are learned to "
            + ", ".join(f"{mean(name, kind, 'taught'):.1f} % with {name}" for name in others)
            + "; true ones give on validation images "
            + ", ".join(f"{mean(name, 'true', 'validation'):.1f} % with {name}" for name in others)
            + "."
        )
    mine = [found for (name, _), found in curves.items() if name == first]
    layers = list(mine[0][f"{kind}|between"])

    def last(curve: str, layer: str) -> float:
        return float(np.mean([found[curve][layer]["value"] for found in mine]))

    alike = [last(f"{kind}|between", layer) for layer in layers]
    hidden = layers[1:]
    closest = hidden[int(np.argmax(alike[1:]))]
    out.append(
        f"Of both networks {closest} is most alike (NNLS {max(alike[1:]):.2f}) and {layers[-1]} at the end {alike[-1]:.2f}: what is shared "
        "needs no labels that make sense."
    )
    taught, truth = (last(f"{kind}|{what}", layers[-1]) for what in ("taught classes", "true classes"))
    out.append(
        f"At {layers[-1]} of the network that memorised, {100 * taught:.0f} % of neighbours share the label that was taught and {100 * truth:.0f} % the "
        f"true class; of the one that learned, {100 * last('true|true classes', layers[-1]):.0f} % the true class."
    )
    return tuple(out)
