"""What the finders read of a run at other scales: one layer's scores over scales, with their joint errors."""

from typing import Any

from repscope.measures import Score
from repscope.measures._curve import Curve, joined, one_layer
from repscope.measures._influence import class_similarity_influence, log_dimension_influence
from repscope.report.findings._evidence import CLASSES, Evidence

PLAIN = "1"


def scales_of(run: Any) -> list[tuple[str, str]]:
    """Kind of pooling and side of the window of every other scale; none where a run has one scale only."""
    scales = getattr(run, "scales", (1,))
    return [(pooling, str(scale)) for pooling in getattr(run, "poolings", ()) for scale in scales if scale != 1]


def variants(evidence: Evidence, layer: str) -> dict[tuple[str, str], str]:
    """For every other scale, the name under which the layer is kept there; the layer's own where it has no extent."""
    recording = evidence.run.recording(evidence.main)
    return {way: recording.at_scale(layer, way[1], way[0]).name for way in scales_of(evidence.run)}


def classes_over_scales(evidence: Evidence, layer: str) -> Curve | None:
    """NNCS of a layer as it is (`PLAIN`) and at every scale where it is something else; None without labels or extent."""
    labels = evidence.labels(evidence.main)
    found = variants(evidence, layer)
    names = {name: way for way, name in reversed(found.items()) if name != layer}
    if labels is None or not names or not evidence.scores(CLASSES, evidence.main):
        return None
    recording, k = evidence.run.recording(evidence.main), evidence.run.graph(layer, evidence.main).k
    curves = [one_layer(PLAIN, [class_similarity_influence(evidence.run.graph(layer, evidence.main), labels)])]
    curves += [one_layer(name, [class_similarity_influence(recording.graph(name, k), labels)]) for name in names]
    return joined(curves).finite()


def log_dimension_at(evidence: Evidence, pooling: str, scale: str) -> Curve:
    """Logarithm of the dimension of every layer at a scale."""
    recording = evidence.run.recording(evidence.main)
    curves = []
    for layer in evidence.layers:
        k = evidence.run.graph(layer, evidence.main).k
        graph = recording.graph(recording.at_scale(layer, scale, pooling).name, k)
        curves.append(one_layer(layer, [log_dimension_influence(graph)]))
    return joined(curves).finite()


def diagonal(evidence: Evidence, measure: str, pooling: str, scale: str) -> dict[str, Score]:
    """A measure of pairs of each layer as it is with itself pooled."""
    run: Any = evidence.run
    table = run.scores(measure, evidence.main, scale=scale, pooling=pooling, unpooled_rows=True)
    return {row.layer: row.score for row in table.rows if row.layer == row.other}
