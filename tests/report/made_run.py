"""Runs made by hand: folders that look like what `analyze` writes, from points and pictures of our own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from repscope.activations import LayerInfo
from repscope.activations._manifest import FORMAT as RECORDING_FORMAT
from repscope.activations._manifest import MANIFEST, SAMPLES
from repscope.activations._shards import THUMBNAIL, write_shard
from repscope.core.digests import digest_json
from repscope.core.files import read_json, write_json
from repscope.measures import Score
from repscope.neighbors import NeighborGraph
from repscope.studies import Run, ScoreRow
from repscope.studies._run import FORMAT, RUN, SCORES
from repscope.studies._scoring import write_scores

RESNET = ("input", "neck", *(f"stage{s}.{b}" for s in (1, 2, 3) for b in (0, 1, 2)), "pool", "classifier")


def clustered_indices(labels: np.ndarray, purity: float, k: int, seed: int) -> np.ndarray:
    """Neighbours drawn from points whose classes stand `purity` apart."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(labels.max() + 1, 12)) * purity * 2.5
    points = centres[labels] + generator.normal(size=(len(labels), 12))
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2) if len(labels) <= 600 else _squared(points)
    np.fill_diagonal(squared, np.inf)
    return np.argsort(squared, axis=1, kind="stable")[:, :k].astype(np.int64)


def _squared(points: np.ndarray) -> np.ndarray:
    norms = (points**2).sum(axis=1)
    return norms[:, None] + norms[None] - 2 * points @ points.T


def shifted_indices(n: int, k: int, seed: int) -> np.ndarray:
    """Neighbours without any pattern, the hardest to pack: k others drawn for each sample."""
    shifts = np.random.default_rng(seed).integers(1, n, size=(n, 2 * k))
    rows = np.sort(shifts, axis=1)
    fresh = np.ones_like(rows, dtype=bool)
    fresh[:, 1:] = rows[:, 1:] != rows[:, :-1]
    order = np.argsort(~fresh, axis=1, kind="stable")[:, :k]
    chosen = np.take_along_axis(rows, order, axis=1)
    return (np.arange(n)[:, None] + np.random.default_rng(seed + 1).permuted(chosen, axis=1)) % n


def pictures(labels: np.ndarray, side: int, seed: int, noise: float = 18.0) -> np.ndarray:
    """A blob for each class in a colour of its own, on a shaded ground, with noise."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side] / side
    out = np.empty((len(labels), side, side, 3), np.uint8)
    palette = np.random.default_rng(5).integers(60, 230, size=(max(labels.max() + 1, 1), 3))
    for i, label in enumerate(labels):
        turn = 2 * np.pi * label / (labels.max() + 1)
        blob = np.exp(-((rows - 0.5 - 0.25 * np.sin(turn)) ** 2 + (columns - 0.5 - 0.25 * np.cos(turn)) ** 2) * 40)
        ground = 40 + 60 * rows + generator.normal() * 12
        image = ground[..., None] * (1 - blob[..., None]) + palette[label] * blob[..., None]
        out[i] = np.clip(image + generator.normal(size=image.shape) * noise, 0, 255)
    return out


def write_recording(
    folder: Path,
    partition: str,
    images: np.ndarray,
    ids: Sequence[str],
    labels: np.ndarray | None,
    class_names: Sequence[str],
    layers: Sequence[LayerInfo],
    indices: Mapping[str, np.ndarray],
    network: Mapping[str, Any],
    k: int,
) -> None:
    """A recording of thumbnails, and of graphs of k and of all the neighbours given; without activations."""
    n = len(ids)
    plain_labels = None if labels is None else labels.tolist()
    manifest = {
        "format": RECORDING_FORMAT,
        "network": dict(network),
        "data": {
            "name": "made",
            "settings": {},
            "count": n,
            "classes": list(class_names),
            "digest": digest_json([list(ids), plain_labels]),
            "contents": "c" * 32,
            "partition": partition,
        },
        "layers": [layer.as_dict() for layer in layers],
        "settings": {"rows_per_shard": n, "dtype": "float32"},
        "versions": {"repscope": "0", "torch": "0", "numpy": "0"},
    }
    write_json(folder / SAMPLES, {"ids": list(ids), "labels": plain_labels, "class_names": list(class_names)})
    write_json(folder / MANIFEST, manifest)
    digest = digest_json(read_json(folder / MANIFEST))
    tensors = {THUMBNAIL: torch.from_numpy(images).permute(0, 3, 1, 2)}
    write_shard(folder, range(n), tensors, digest)
    from repscope.activations import Recording

    recording = Recording(folder)
    for name, rows in indices.items():
        distances = np.broadcast_to(np.arange(1.0, rows.shape[1] + 1), rows.shape)
        graph = NeighborGraph(rows, distances, np.zeros(n, np.int64), np.arange(n), metadata={"recording": digest})
        for count in {k, rows.shape[1]}:
            graph.first(count).save(recording.graph_path(name, count))


def make_run(
    folder: Path,
    partitions: Mapping[str, int],
    layers: Sequence[str] = RESNET,
    class_names: Sequence[str] | None = tuple("0123456789"),
    k: int = 12,
    side: int = 32,
    scattered: bool = False,
    id_prefix: str = "made",
    rows: Sequence[ScoreRow] | None = None,
    network_name: str = "repscope:resnet20-made",
    noise: float = 18.0,
    seed: int = 0,
) -> Run:
    """A whole run; with `scattered` neighbours that have no pattern."""
    names = class_names or ()
    infos = [LayerInfo(name, (16, 8, 8), "BasicBlock", 4672) for name in layers]
    network = {
        "name": network_name,
        "settings": {},
        "digest": "d" * 32,
        "parameters": 272_474,
        "input_shape": [3, 32, 32],
    }
    table: list[ScoreRow] = []
    for part, (partition, n) in enumerate(partitions.items()):
        labels = np.arange(n) % max(len(names), 1)
        ids = [f"{id_prefix}-{partition}-{i:05d}" for i in range(n)]
        graphs, count = {}, min(max(k, 10), n - 1)
        for depth, name in enumerate(layers):
            purity = 0.25 + 0.9 * (depth / len(layers)) ** 2 * (1.1 - 0.15 * part)
            graphs[name] = (
                shifted_indices(n, count, seed + 17 * depth)
                if scattered
                else clustered_indices(labels, purity, count, seed + depth // 3)
            )
        images = pictures(labels, side, seed + part, noise)
        write_recording(
            folder / partition, partition, images, ids, labels if names else None, names, infos, graphs, network, k
        )
        table += made_scores(partition, layers, part)
    description = {
        "format": FORMAT,
        "network": network,
        "data": {"name": "made", "settings": {}, "digest": "0" * 32},
        "partitions": list(partitions),
        "k": dict.fromkeys(partitions, k),
        "settings": {"layers": list(layers), "samples": None, "seed": 0},
        "version": "0",
    }
    write_json(folder / RUN, description)
    write_scores(folder / SCORES, list(rows if rows is not None else table), {})
    return Run(folder)


def made_scores(partition: str, layers: Sequence[str], part: int) -> list[ScoreRow]:
    """A hunchback, a cluster spike, and a matrix with blocks."""
    generator = np.random.default_rng(part)
    last = max(1, len(layers) - 1)
    out = []
    for i, name in enumerate(layers):
        x = i / last
        dimension = (
            8 + 52 * np.exp(-(((x - 0.25) / 0.22) ** 2)) + 12 * np.exp(-(((x - 0.6) / 0.15) ** 2)) - 3 * x + part
        )
        similarity = 0.1 + (0.86 - 0.11 * part * (x > 0.6)) / (1 + np.exp(-(x - 0.7) * 14)) + generator.normal() * 0.004
        notes = (
            ("an estimate above 40 from this many samples is a lower bound: the estimator saturates",)
            if dimension > 40
            else ()
        )
        out.append(
            ScoreRow(
                partition,
                name,
                None,
                Score(
                    "intrinsic_dimension",
                    dimension,
                    (dimension * 0.95, dimension * 1.05),
                    "analytic, gamma",
                    notes=notes,
                ),
            )
        )
        out.append(
            ScoreRow(
                partition,
                name,
                None,
                Score(
                    "class_similarity",
                    similarity,
                    (similarity - 0.012, similarity + 0.012),
                    "bootstrap over samples",
                    0.1,
                ),
            )
        )
    for i, a in enumerate(layers):
        for j, b in enumerate(layers):
            gap = abs(i - j) + 2.2 * ((i < 0.75 * last) != (j < 0.75 * last))
            value = float(np.exp(-gap / 3.2))
            low, high = max(0.0, value - 0.01), min(1.0, value + 0.01)
            score = Score("layer_similarity", value, (low, high), "bootstrap over samples", 0.006)
            out.append(ScoreRow(partition, a, b, score))
    return out
