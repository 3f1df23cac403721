"""The recording: the activations of chosen layers, in sample order, on disk."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final
from urllib.parse import quote

import numpy as np
from jaxtyping import Float, Int, UInt8

from repscope.activations._layers import LayerInfo
from repscope.activations._manifest import SAMPLES, read_manifest
from repscope.activations._points import RecordedPoints
from repscope.activations._pooling import GLOBAL, MARK, Scale
from repscope.activations._precision import TENSOR as IMPRECISE
from repscope.activations._shards import THUMBNAIL, ShardReader, shard_path, shard_ranges
from repscope.core.digests import digest, digest_json
from repscope.core.errors import BadInput, Damaged, Mismatch, nearest
from repscope.core.files import read_json
from repscope.core.job import Job
from repscope.core.points import Points
from repscope.core.shares import Share, items_of

if TYPE_CHECKING:
    from repscope.neighbors import Method, NeighborGraph


PRECISION = "precision.json"
"""What `imprecise` says, in a recording that keeps no activations."""


@final
class Recording:
    """A folder that `record` wrote.

    Parameters
    ----------
    path : path
        The folder.

    Raises
    ------
    Damaged
        If the folder holds no recording, or one of another version.

    Attributes
    ----------
    manifest : dict
        Network, data, layers, settings and versions.
    ids : tuple of str
        The samples, in the order of the rows.
    labels : (n,) int64 or None
    class_names : tuple of str
    layers : tuple of LayerInfo
        As they are; `variants` holds those at other scales as well.
    variants : tuple of LayerInfo
    scales : tuple of int or "global"
        Sides of the windows over which maps were pooled; 1 is no pooling, and always there.
    poolings : tuple of str
        How they were.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.manifest: dict[str, Any] = read_manifest(self.path)
        samples = read_json(self.path / SAMPLES)
        self.ids: tuple[str, ...] = tuple(samples["ids"])
        self.labels: Int[np.ndarray, " n"] | None = (
            None if samples["labels"] is None else np.asarray(samples["labels"], dtype=np.int64)
        )
        self.class_names: tuple[str, ...] = tuple(samples["class_names"])
        self.variants: tuple[LayerInfo, ...] = tuple(LayerInfo.from_dict(f) for f in self.manifest["layers"])
        self.layers: tuple[LayerInfo, ...] = tuple(v for v in self.variants if v.pooling is None)
        settings = self.manifest["settings"]
        self.scales: tuple[Scale, ...] = tuple(settings.get("scales", [1]))
        self.poolings: tuple[str, ...] = tuple(settings.get("pooling", []))
        written = digest_json([list(self.ids), samples["labels"]])
        if written != self.manifest["data"]["digest"]:
            raise Damaged(f"{self.path / SAMPLES} does not agree with the manifest: it was changed; record again")

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.ids)

    @property
    def partition(self) -> str:
        """The part of the data that was recorded."""
        return str(self.manifest["data"]["partition"])

    @cached_property
    def digest(self) -> str:
        """Digest of the manifest: names the recording."""
        return digest_json(self.manifest)

    @cached_property
    def _ranges(self) -> list[range]:
        return shard_ranges(self.n, int(self.manifest["settings"]["rows_per_shard"]))

    @property
    def stored(self) -> bool:
        """Whether activations are kept, beside graphs."""
        return bool(self.manifest["settings"].get("stored", True))

    def _require_stored(self, name: str) -> None:
        self.layer(name)
        if not self.stored:
            raise BadInput(
                f"the activations of {name!r} are not stored: {self.path} was made with a limit on the disk (--disk) and "
                "keeps graphs only; analyse without it, into another folder, to have them"
            )

    @property
    def recorded(self) -> int:
        """Samples that are on disk; `n` when the recording is complete."""
        return sum(len(r) for r in self._ranges if shard_path(self.path, r).exists())

    def shares_missing(self, parts: int) -> list[Share]:
        """Which of so many shares of the recording are not on disk as a whole."""
        shares = [(part, parts) for part in range(parts)]
        return [s for s in shares if not all(shard_path(self.path, r).exists() for r in items_of(self._ranges, s))]

    @cached_property
    def _reader(self) -> ShardReader:
        if self.recorded < self.n:
            raise Damaged(
                f"the recording in {self.path} was interrupted: {self.recorded} of {self.n} samples are there; "
                "run the same recording again, it goes on where it was"
            )
        return ShardReader(self.path, self._ranges, self.digest, {v.name: v.exponent for v in self.variants})

    def layer(self, name: str) -> LayerInfo:
        """Name, shape and kind of a recorded layer.

        Raises
        ------
        BadInput
            If it was not recorded, with the nearest names.
        """
        for layer in self.variants:
            if layer.name == name:
                return layer
        raise BadInput(f"the layer {name!r} was not recorded; {nearest(str(name), [x.name for x in self.variants])}")

    def at_scale(self, name: str, scale: Scale = 1, pooling: str | None = None) -> LayerInfo:
        """A layer at a scale: itself where it has no spatial extent, its global one where the window covers the map.

        Parameters
        ----------
        name : str
            A recorded layer.
        scale : int or "global"
        pooling : {"average", "max"}, optional
            The first kind that was recorded by default.

        Raises
        ------
        BadInput
            If the layer was not recorded, or not at that scale; the message says which were.
        """
        plain = self.layer(name)
        text = str(scale)
        if text == "1":
            return plain
        kind = pooling if pooling is not None else (self.poolings or ("average",))[0]
        if text not in map(str, self.scales) or kind not in self.poolings:
            had = f"scales {', '.join(map(str, self.scales))}"
            had += f" and poolings {', '.join(self.poolings)}" if self.poolings else ", unpooled"
            raise BadInput(
                f"the recording in {self.path} has {had}; {kind} pooling at scale {text} was asked for: record again "
                "with scales=…, into another folder"
            )
        names = {variant.name: variant for variant in self.variants}
        for suffix in (text, GLOBAL):
            found = names.get(f"{name}{MARK}{kind}{suffix}")
            if found is not None:
                return found
        return plain

    def activations(self, name: str, rows: slice | None = None) -> Float[np.ndarray, "n d"]:
        """Activations of a layer, one row of features per sample, as float32.

        Parameters
        ----------
        name : str
            The layer.
        rows : slice, optional
            A range of samples; all by default.

        Raises
        ------
        BadInput
            If the layer was not recorded, or activations are not stored.
        Damaged
            If a shard is missing, truncated or changed.
        """
        self._require_stored(name)
        start, stop, step = (rows or slice(None)).indices(self.n)
        if step < 1:
            raise BadInput(f"rows {rows} run backwards; expected a slice with a step of 1 or more")
        if start >= stop:
            return np.empty((0, self.layer(name).features), np.float32)
        block = self._reader.rows(name, start, stop)[::step]
        array: Float[np.ndarray, "n d"] = block.float().numpy()
        return array

    @cached_property
    def imprecise(self) -> dict[str, int]:
        """Layers that float16 does not hold well: for how many samples the error is beyond 1/512 of the activations' length."""
        if not self.stored:
            path = self.path / PRECISION
            return dict(read_json(path)) if path.exists() else {}
        if self.manifest["settings"]["dtype"] != "float16":
            return {}
        counts = np.sum([self._reader.shard(number)[IMPRECISE].numpy() for number in range(len(self._ranges))], axis=0)
        return {layer.name: int(count) for layer, count in zip(self.variants, counts, strict=True) if count}

    def thumbnails(self) -> UInt8[np.ndarray, "n height width 3"]:
        """Small pictures of the samples."""
        return np.ascontiguousarray(self._reader.rows(THUMBNAIL, 0, self.n).permute(0, 2, 3, 1).numpy())

    def graph_path(self, name: str, k: int) -> Path:
        """Where the graph of a layer is kept."""
        stem = quote(name, safe="[]")
        if len(stem) > 120:  # file systems end at 255 bytes
            stem = f"{stem[:80]}.{digest([name.encode()])}"
        return self.path / "graphs" / f"{stem}.k{k}.safetensors"

    def points(self, layer: str) -> Points:
        """The activations of a layer where they lie: rows and slabs of features are read from disk when needed.

        Raises
        ------
        BadInput
            If the layer was not recorded, or activations are not stored.
        """
        self._require_stored(layer)
        return RecordedPoints(self._reader, layer, self.layer(layer).features)

    def graph(
        self,
        layer: str,
        k: int | None = None,
        method: "Method | None" = None,
        *,
        tell: Callable[[float], object] | None = None,
    ) -> "NeighborGraph":
        """The neighbour graph of a layer: read if it is on disk, else built and kept.

        Parameters
        ----------
        layer : str
            A recorded layer.
        k : int, optional
            Neighbours per sample; n / (10 · classes) by default (Hryniowski 2024).
        method : Method, optional
            How neighbours are found, `Exact()` by default. An exact graph on disk serves any method; that of
            another approximate one is built anew.
        tell : function of float, optional
            Called with the share of the search that is done. An interrupted search goes on where it was.

        Raises
        ------
        BadInput
            If the layer was not recorded, or k does not fit the number of samples.
        Mismatch
            If the graph on disk belongs to another recording.
        """
        from repscope.neighbors import neighbor_graph, suggest_k

        self.layer(layer)
        count = k if k is not None else suggest_k(self.n, len(self.class_names))
        kept = self.kept_graph(layer, count, method)
        if kept is not None:
            return kept
        points = self.points(layer)
        path = self.graph_path(layer, count)
        state = path.parent / "unfinished" / path.name
        job = Job(state) if tell is None else Job(state, tell)
        graph = neighbor_graph(points, count, method, metadata=self.graph_metadata(layer, method), job=job)
        self._reader.forget()
        graph.save(path)
        return graph

    def kept_graph(self, layer: str, k: int, method: "Method | None" = None) -> "NeighborGraph | None":
        """The graph of a layer that is on disk and serves this method, if there is one.

        Raises
        ------
        Mismatch
            If the graph on disk belongs to another recording.
        """
        from repscope.neighbors import NeighborGraph

        path = self.graph_path(layer, k)
        if not path.exists():
            return None
        graph = NeighborGraph.load(path)
        if graph.metadata.get("recording") != self.digest:
            raise Mismatch(f"{path} belongs to another recording; delete it, it is built again when needed")
        serves = method is None or graph.metadata.get("address") in ("exact", method.address)
        return graph if serves else None

    def graph_metadata(self, layer: str, method: "Method | None" = None) -> dict[str, str]:
        """What is written with a graph of a layer, whoever builds it."""
        address = "exact" if method is None else method.address
        return {"recording": self.digest, "layer": layer, "partition": self.partition, "address": address}

    def __repr__(self) -> str:
        network, data = self.manifest["network"]["name"], self.manifest["data"]["name"]
        return f"Recording({str(self.path)!r}: {network} on {self.n} images of {data}/{self.partition}, {len(self.layers)} layers)"
