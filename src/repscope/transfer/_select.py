"""Which layer of which network, described how, for these images: every choice judged, the best tried on images held back."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from jaxtyping import Float, Int

from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput
from repscope.core.files import read_json, write_json
from repscope.measures import Score
from repscope.measures._mean import mean_score
from repscope.networks import cost
from repscope.transfer._choice import RETRIEVAL, Choice, choices
from repscope.transfer._described import described, recorded
from repscope.transfer._judge import left_out, of_each, scored
from repscope.transfer._pipeline import FeaturePipeline
from repscope.transfer._postprocessing import postprocessing
from repscope.transfer._selection import Ranked, Selection
from repscope.transfer.predictors import h_score, log_me

if TYPE_CHECKING:
    from repscope.activations import Recording
    from repscope.data import DataSet
    from repscope.networks import Network

DESCRIBED = ("average", "maximum")
STEPS = ("none", "l2", "l2, whiten, l2")
USES = ("logistic", "nearest_neighbor")


def select_features(
    networks: "Mapping[str, Network]",
    data: "DataSet",
    out: str | Path,
    *,
    layers: Sequence[str] | None = None,
    descriptors: Sequence[str] = DESCRIBED,
    steps: Sequence[str] = STEPS,
    uses: Sequence[str] = USES,
    samples: int | None = None,
    device: str | None = None,
    seed: int = 0,
    say: Callable[[str], None] | None = None,
) -> Selection:
    """Find which features of which network serve a data set best.

    Every network sees the images once; all layers, descriptors and classifiers read that recording. Interrupt it and call it again:
    it goes on where it was.

    Parameters
    ----------
    networks : mapping of str to Network
        By names of your choice.
    data : DataSet
        With labels. Its partitions ``train`` and ``validation`` (or ``test``) are the images to choose by and those held back; without
        partitions half of each class is held back.
    out : path
        A folder for recordings.
    layers : sequence of str, optional
        Glob patterns; the image and the outputs of all blocks by default.
    descriptors, steps, uses : sequence of str
        What may be chosen: descriptors, lines of post-processing, classifiers and ``retrieval``. Accuracy and average precision are
        not one scale: give classifiers, or retrieval alone.
    samples : int, optional
        A class-balanced subset of so many images of each part.
    device : str, optional
    seed : int
        Of subsets and halves.
    say : function of str, optional
        Is told what is done.

    Returns
    -------
    Selection

    Raises
    ------
    BadInput
        If there are no networks or labels, fewer than two classes, a class has too few images, or classifiers and retrieval are mixed.
    Mismatch
        If the folder is of other networks or images.

    Notes
    -----
    The score that a choice was picked by is too good, the more so the more choices there are: what to expect is the score on images
    held back, and only the best choice is tried on them.

    References
    ----------
    A. Razavian, H. Azizpour, J. Sullivan, S. Carlsson, *CNN features off-the-shelf*, CVPR workshops 2014.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import load_data, load_network
    >>> found = select_features(
    ...     {"letters": load_network("repscope:resnet20-glyphs")}, load_data("digits"), tempfile.mkdtemp(), layers=["stage2.2", "pool"],
    ...     samples=120, steps=["l2"], uses=["nearest_neighbor"],
    ... )
    >>> found.ranked[0].choice.layer, found.expected.value > 0.5
    ('stage2.2', True)
    """
    if not networks:
        raise BadInput("no networks came; expected one or more, by name")
    if data.labels is None:
        raise BadInput(
            f"the data set {data.name!r} has no labels, so what is good cannot be told; give a folder for each class"
        )
    if RETRIEVAL in uses and len(set(uses)) > 1:
        raise BadInput(f"uses = {list(uses)}; expected classifiers, or retrieval alone: their scores are not one scale")
    tell = say or (lambda _message: None)
    parts = {
        name: part if samples is None or samples >= len(part) else part.balanced(samples, seed)
        for name, part in halves(data, seed).items()
    }
    for part in parts.values():
        if part.labels is None or len(np.unique(part.labels)) < 2:
            raise BadInput(
                f"the images of {data.name!r} that layers are judged by are of one class, which any layer tells right; expected two "
                "classes or more"
            )
    folder = Path(out)
    recordings = {
        name: {
            part: recorded(network, images, layers, folder / quote(name, safe=":") / part, part, device)
            for part, images in parts.items()
        }
        for name, network in networks.items()
    }
    fit = {name: both["choose"] for name, both in recordings.items()}
    every = choices(fit, descriptors, steps, uses)
    costs = {name: cost(network).multiply_adds for name, network in networks.items()}
    lines = _judged(fit, every, costs, folder / "judged", tell)
    best = lines[0].choice
    tell(f"trying {best} on the images held back")
    pipeline, expected = _tried(best, networks[best.network], recordings[best.network])
    return Selection(tuple(lines), expected, pipeline, len(parts["choose"]), len(parts["held"]))


def halves(data: "DataSet", seed: int) -> "dict[str, DataSet]":
    """The images to choose by, and those held back.

    >>> from repscope import load_data
    >>> {name: len(part) for name, part in halves(load_data("digits"), 0).items()}
    {'choose': 1297, 'held': 500}
    """
    for held in ("test", "validation"):
        if "train" in data.partitions and held in data.partitions:
            return {"choose": data.partition("train"), "held": data.partition(held)}
    assert data.labels is not None
    generator = np.random.default_rng(seed)
    first = []
    for label in np.unique(data.labels):
        members = generator.permutation(np.flatnonzero(data.labels == label))
        first.append(members[: -(-len(members) // 2)])
    chosen = np.sort(np.concatenate(first))
    rest = np.setdiff1d(np.arange(len(data)), chosen)
    if not len(rest):
        raise BadInput(f"every class of {data.name!r} has one image; expected several of each")
    return {"choose": data.subset(chosen), "held": data.subset(rest)}


def _labels(recording: "Recording") -> Int[np.ndarray, " n"]:
    assert recording.labels is not None
    return recording.labels


def _judged(
    recordings: "Mapping[str, Recording]",
    every: Sequence[Choice],
    costs: Mapping[str, int],
    folder: Path,
    tell: Callable[[str], None],
) -> list[Ranked]:
    """All choices, the best first; ties in their order. What each image gives is kept, layer by layer."""
    values: dict[Choice, Float[np.ndarray, " n"]] = {}
    facts: dict[Choice, tuple[int, float, float]] = {}
    for network, layer, descriptor in dict.fromkeys((c.network, c.layer, c.descriptor) for c in every):
        mine = [c for c in every if (c.network, c.layer, c.descriptor) == (network, layer, descriptor)]
        kept = _kept(folder, recordings[network], mine)
        if kept is None:
            tell(f"judging {layer} of {network}, {descriptor}")
            kept = _answers(recordings[network], layer, descriptor, mine)
            _keep(folder, recordings[network], mine, kept)
        for choice, one in zip(mine, kept["choices"], strict=True):
            values[choice] = np.asarray(one["values"], dtype=np.float64)
            facts[choice] = (int(one["dimension"]), float(kept["log_me"]), float(kept["h_score"]))
    order = sorted(every, key=lambda c: -values[c].mean())
    first = values[order[0]]
    labels = {name: _labels(recording) for name, recording in recordings.items()}
    places = {name: [layer.name for layer in recording.layers] for name, recording in recordings.items()}
    return [
        Ranked(
            c,
            facts[c][0],
            places[c.network].index(c.layer),
            0 if c.layer == INPUT else costs[c.network],
            scored(c.use, values[c], labels[c.network]),
            mean_score(first - values[c], "behind the best", "images"),
            *facts[c][1:],
        )
        for c in order
    ]


def _answers(recording: "Recording", layer: str, descriptor: str, mine: Sequence[Choice]) -> dict[str, Any]:
    features, labels = described(recording, layer, descriptor), _labels(recording)
    out: dict[Choice, dict[str, Any]] = {}
    for steps in dict.fromkeys(c.postprocessing for c in mine):
        uses = [c.use for c in mine if c.postprocessing == steps]
        dimension = postprocessing(steps).fit(features).transform(features[:1]).shape[1]
        for use, values in left_out(features, labels, steps, uses):
            choice = Choice(mine[0].network, layer, descriptor, steps, use)
            out[choice] = {"dimension": dimension, "values": values.tolist()}
    return {
        "log_me": log_me(features, labels).value,
        "h_score": h_score(features, labels).value,
        "choices": [out[choice] for choice in mine],
    }


def _path(folder: Path, recording: "Recording", mine: Sequence[Choice]) -> Path:
    from repscope.core.digests import digest_json

    return folder / f"{digest_json([recording.digest, [list(vars(c).values()) for c in mine]])}.json"


def _kept(folder: Path, recording: "Recording", mine: Sequence[Choice]) -> dict[str, Any] | None:
    path = _path(folder, recording, mine)
    return dict(read_json(path)) if path.exists() else None


def _keep(folder: Path, recording: "Recording", mine: Sequence[Choice], answers: dict[str, Any]) -> None:
    write_json(_path(folder, recording, mine), answers)


def _tried(best: Choice, network: "Network", both: "Mapping[str, Recording]") -> tuple[FeaturePipeline, Score]:
    """The best choice, fitted on all images to choose by, and its score on those held back."""
    fit, held = both["choose"], both["held"]
    first, second = (described(one, best.layer, best.descriptor) for one in (fit, held))
    steps = postprocessing(best.postprocessing)
    values, model = of_each(best.use, steps.fit_transform(first), _labels(fit), steps.transform(second), _labels(held))
    names = fit.class_names if hasattr(model, "coef_") else ()
    pipeline = FeaturePipeline.of(network, best, steps, model if names else None, names)
    return pipeline, scored(best.use, values, _labels(held))
