"""What the thesis published of its two families of ResNet20, beside what two families read here.

Its layers are numbered from 0, the input, to 12, the classifier; a network with other layers has nothing to compare.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from repscope.studies._ab_findings import ID, NNCS, Curves, Ratios
from repscope.studies._published import beside_published
from repscope.studies._result import StudyTable

LAYERS = 13
"""Of the thesis' ResNet20: input, neck, nine blocks, pooling, classifier."""


def published_table(
    layers: Sequence[str],
    plain: str | None,
    augmented: str | None,
    curves: Curves,
    matrices: Mapping[tuple[str, str], Float[np.ndarray, "l l"]],
    accuracies: Mapping[str, str],
    ratios: Ratios,
    data: str,
) -> StudyTable:
    """The published figures, and ours of the family without augmentation and of the one with it.

    Parameters
    ----------
    layers : sequence of str
    plain, augmented : str or None
        Names of the families that stand beside the thesis' without and with augmentation, if there are such.
    curves : mapping
        Scores over seeds by family, partition and measure.
    matrices : mapping
        NNLS of the layers of one network, mean over seeds, by family and partition.
    accuracies : mapping of str to str
        Training and validation accuracy of each family, in words.
    ratios : mapping of str to (runs, l) or None
        ID on validation images over that on as many training images, of each family.
    data : str
        The address of the data.
    """

    def curve(name: str, partition: str, measure: str) -> np.ndarray:
        return np.array([score.value for score in curves[name, partition, measure]])

    def at_end(name: str, partition: str) -> float:
        return float(curve(name, partition, NNCS)[10:13].mean())

    def gap(name: str) -> str:
        return f"up to {np.nanmax((curve(name, 'train', NNCS) - curve(name, 'validation', NNCS))[10:13]):.2g}"

    def difference(name: str) -> str:
        return f"{np.abs(matrices[name, 'train'] - matrices[name, 'validation']).max():.2g}"

    def follows(name: str) -> str:
        found = ratios[name]
        if found is None:
            return ""
        mean = found.mean(axis=0)
        return f"{np.nanmin(mean):.3g} to {np.nanmax(mean):.3g} times, at one n"

    asked: list[tuple[dict[str, str], str | None, Callable[[str], str]]] = [
        ({"quantity": "NNCS", "where": "4.3"}, plain, lambda n: f"{curve(n, 'train', NNCS)[0]:.3g}"),
        ({"quantity": "NNCS plateau", "partition": "train"}, plain, lambda n: f"{at_end(n, 'train'):.3g}"),
        ({"quantity": "NNCS plateau", "partition": "validation"}, plain, lambda n: f"{at_end(n, 'validation'):.3g}"),
        ({"quantity": "train - validation NNCS gap"}, augmented, gap),
        ({"quantity": "NNLS", "layers": "8 9"}, plain, lambda n: f"{matrices[n, 'train'][8, 9]:.2f}"),
        ({"quantity": "NNLS", "layers": "9 10"}, plain, lambda n: f"{matrices[n, 'train'][9, 10]:.2f}"),
        (
            {"quantity": "NNLS", "layers": "11 12", "augmentation": "none"},
            plain,
            lambda n: f"{matrices[n, 'train'][11, 12]:.2f}",
        ),
        (
            {"quantity": "NNLS", "layers": "11 12", "augmentation": "all"},
            augmented,
            lambda n: f"{matrices[n, 'train'][11, 12]:.2f}",
        ),
        (
            {"quantity": "NNLS mean stage 1 x stage 2"},
            plain,
            lambda n: f"{matrices[n, 'train'][2:5, 5:8].mean():.2f}",
        ),
        ({"quantity": "largest train - validation NNLS difference", "augmentation": "none"}, plain, difference),
        ({"quantity": "largest train - validation NNLS difference", "augmentation": "all"}, augmented, difference),
        ({"quantity": "validation ID over training ID"}, plain, follows),
        ({"quantity": "ID peak layer"}, plain, lambda n: str(int(np.nanargmax(curve(n, "train", ID))))),
        (
            {"quantity": "accuracy train | validation", "dataset": "CIFAR10", "augmentation": "none"},
            plain,
            lambda n: accuracies[n],
        ),
        (
            {"quantity": "accuracy train | validation", "dataset": "CIFAR10", "augmentation": "all"},
            augmented,
            lambda n: accuracies[n],
        ),
    ]
    fits = len(layers) == LAYERS
    return beside_published(
        [(fields, ours(name) if name is not None and fits else "") for fields, name, ours in asked], data
    )
