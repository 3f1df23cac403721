"""Which window of attention each stage of a network asks for, by what pooling does to its classes (MS-RRA)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from repscope.activations import LayerInfo, Scale
from repscope.activations._layers import INPUT
from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._curve import Curve, joined, one_layer
from repscope.measures._influence import class_similarity_influence

if TYPE_CHECKING:
    from repscope.studies._run import Run

POOLING = "average"
"""What STAC condenses by."""
CLASSES = "class_similarity"
_BLOCK = re.compile(r"(?:^|\.)((?:stage|stages|layer|layers|blocks)\.?\d+)\.(?:blocks\.)?\d+$")
_GLOBAL = "global"


@final
@dataclass(frozen=True)
class StageWindow:
    """What pooling over windows does to the classes in one stage.

    Attributes
    ----------
    stage : str
        As the network calls it; the size of its maps where it has no name.
    layers : tuple of str
        Its blocks.
    sides : (height, width)
        Of its maps.
    scores : mapping of window to Score
        For each window that divides the maps, the highest NNCS of any of the blocks.
    at : mapping of window to str
        The block where that was.
    alike : tuple of windows
        Those that the run cannot tell from the best, which is one of them (99.9 % over all windows of the stage).
    """

    stage: str
    layers: tuple[str, ...]
    sides: tuple[int, int]
    scores: Mapping[Scale, Score]
    at: Mapping[Scale, str]
    alike: tuple[Scale, ...]

    @property
    def best(self) -> Scale:
        """The window with the highest NNCS."""
        return max(self.scores, key=lambda window: self.scores[window].value)

    @property
    def worst(self) -> Scale:
        """The window with the lowest."""
        return min(self.scores, key=lambda window: self.scores[window].value)


def stage_windows(run: "Run", partition: str | None = None) -> tuple[StageWindow, ...]:
    """For each stage of the network of a run, what windows do to its classes.

    Parameters
    ----------
    run : Run
        Analysed at several scales, by average pooling, with labels.
    partition : str, optional
        The last by default, which is validation where there is one.

    Returns
    -------
    tuple of StageWindow
        In the order of the stages: of blocks called ``stage1.0``, ``layer1.0`` or the like; else of layers whose maps have one size.

    Raises
    ------
    BadInput
        If the run has one scale only, no average pooling, no labels, or no layer with a map.

    References
    ----------
    A. Hryniowski, *A Representational Response Analysis Framework for Convolutional Neural Networks*, 2024, chapter 7: the strategy
    of maximum class similarity.
    """
    partition = partition or run.partitions[-1]
    recording = run.recording(partition)
    if len(run.scales) < 2 or POOLING not in run.poolings:
        raise BadInput(
            f"the run {run.name!r} was analysed at one scale, or without average pooling; windows need several: "
            "repscope analyze … --scales 2,4,8,global --pooling average"
        )
    if recording.labels is None or not run.scores(CLASSES, partition).rows:
        raise BadInput(
            f"the run {run.name!r} has no labels; windows are chosen by the similarity of neighbours' classes"
        )
    stages = _stages([(layer, sides) for layer in recording.layers if (sides := _sides(run, partition, layer))])
    if not stages:
        raise BadInput(f"the run {run.name!r} has no layer with maps of more than one pixel; analyse the blocks too")
    return tuple(_windows(run, partition, *stage) for stage in stages)


def _sides(run: "Run", partition: str, layer: LayerInfo) -> tuple[int, int] | None:
    """Height and width of a layer's maps; None of one that has none, or of the image itself."""
    widest = run.recording(partition).at_scale(layer.name, next(s for s in run.scales if s != 1), POOLING)
    if layer.name == INPUT or widest.pooling is None:
        return None
    height, width = (layer.shape[axis] for axis in widest.pooling.axes)
    return height, width


Stage = tuple[str, tuple[str, ...], tuple[int, int]]


def _stages(layers: Sequence[tuple[LayerInfo, tuple[int, int]]]) -> list[Stage]:
    """By the names of blocks; where none has such a name, by the size of the maps."""
    found: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for layer, sides in layers:
        if named := _BLOCK.search(layer.name):
            found.setdefault(named.group(1), []).append((layer.name, sides))
    if not found:
        for layer, sides in layers:
            found.setdefault(f"{sides[0]} x {sides[1]}", []).append((layer.name, sides))
    # a stage may begin with a block at the size of the one before
    return [(stage, tuple(name for name, _ in blocks), blocks[-1][1]) for stage, blocks in found.items()]


def _windows(run: "Run", partition: str, stage: str, layers: tuple[str, ...], sides: tuple[int, int]) -> StageWindow:
    scales = {_window(scale, sides, run.scales): scale for scale in reversed(run.scales) if _divides(scale, sides)}
    scores: dict[Scale, Score] = {}
    at: dict[Scale, str] = {}
    for window, scale in reversed(scales.items()):
        found = {row.layer: row.score for row in run.scores(CLASSES, partition, scale=scale, pooling=_kind(scale)).rows}
        at[window] = max(layers, key=lambda layer: found[layer].value)
        scores[window] = found[at[window]]
    curve = _together(run, partition, {str(window): (at[window], scales[window]) for window in at})
    best = str(max(scores, key=lambda window: scores[window].value))
    alike = [w for w in scores if not curve.rise(str(w), best).exceeds(0.0, len(scores))]
    return StageWindow(stage, layers, sides, scores, at, tuple(alike))


def _divides(scale: Scale, sides: tuple[int, int]) -> bool:
    """Attention has no windows that are cut off at the border."""
    return scale == _GLOBAL or all(side % min(int(scale), side) == 0 for side in sides)


def _window(scale: Scale, sides: tuple[int, int], scales: Sequence[Scale]) -> Scale:
    """One name for what covers the map: its longer side where that is among the scales, else global."""
    longer = max(sides)
    if scale != _GLOBAL and int(scale) < longer:
        return int(scale)
    return longer if longer in scales else _GLOBAL


def _kind(scale: Scale) -> str | None:
    return None if scale == 1 else POOLING


def _together(run: "Run", partition: str, at: Mapping[str, tuple[str, Scale]]) -> Curve:
    """NNCS at every window with how these vary together, for they are of the same samples."""
    labels = run.recording(partition).labels
    assert labels is not None
    curves = []
    for window, (layer, scale) in at.items():
        graph = run.graph(layer, partition, scale=scale, pooling=_kind(scale))
        curves.append(one_layer(window, [class_similarity_influence(graph, labels)]))
    return joined(curves)
