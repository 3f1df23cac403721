"""Graphs built in shares: each share of a layer's tiles is a file, and the files of all shares become the graph.

A share depends on the recording and the method only, and so does the graph, to the byte: whoever computed what, in
however many shares, and however often some of it was begun again.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

from repscope.activations import LayerInfo, Recording
from repscope.core.errors import BadInput
from repscope.core.job import Job
from repscope.core.shares import Share
from repscope.neighbors import Exact, Method, join_shares, search_share

WORK = 10**12
"""Multiply-adds of a share: from seconds on a large machine to a minute on a core. So much may be lost with a worker."""

ROWS = 10_000
"""Points for each share, at least: with fewer, reading all points for every share costs more than multiplying them."""


SORTING = 100
"""What sorting out neighbours costs, in features."""


@final
@dataclass(frozen=True)
class GraphTask:
    """One graph, or one share of it, as any process can build it."""

    folder: str
    digest: str
    layer: str
    k: int
    method: Method
    share: Share | None = None


def share_count(n: int, features: int) -> int:
    """In how many shares the graph of n points is built: by the work alone, never by who does it.

    >>> share_count(1000, 512), share_count(50_000, 16384)
    (1, 5)
    """
    return max(1, min(n * n * features // (2 * WORK) + 1, n // ROWS))


def effort(recording: Recording, layer: LayerInfo) -> float:
    """How much a graph costs, beside others."""
    return float(recording.n**2 * (layer.features + SORTING))


def can_be_shared(method: Method) -> bool:
    """Whether the method can be cut into shares: the exact one, on processors."""
    return isinstance(method, Exact) and method.device in (None, "cpu")


def share_path(recording: Recording, layer: str, k: int, share: Share) -> Path:
    """Where a share of a layer's graph is kept."""
    graph = recording.graph_path(layer, k)
    return graph.parent / "shares" / graph.stem / f"{share[0] + 1}-of-{share[1]}.safetensors"


def shares_kept(recording: Recording, layer: str, k: int) -> dict[int, set[int]]:
    """Which shares of a layer's graph are on disk: the numbers, for each count of shares that was begun."""
    found: dict[int, set[int]] = defaultdict(set)
    for path in share_path(recording, layer, k, (0, 1)).parent.glob("*-of-*.safetensors"):
        part, parts = path.name.removesuffix(".safetensors").split("-of-")
        if not part.startswith("."):
            found[int(parts)].add(int(part) - 1)
    return dict(found)


def build_share(
    recording: Recording,
    layer: str,
    k: int,
    method: Method,
    share: Share,
    tell: Callable[[float], object] = lambda done: None,
) -> None:
    """Write one share of a layer's graph, unless it or the whole graph is there.

    Raises
    ------
    BadInput
        If the method cannot be shared, or there is no such share.
    """
    if not isinstance(method, Exact) or not can_be_shared(method):
        raise BadInput(
            f"the method {method.address!r} cannot be shared among processes; only 'exact' on processors can: leave out "
            "--shard, or use --engine ray, which gives each layer to one worker"
        )
    path = share_path(recording, layer, k, share)
    if path.exists() or recording.kept_graph(layer, k, method) is not None:
        return
    search_share(recording.points(layer), k, method, share, path, Job(path.parent / "unfinished" / path.name, tell))


def join_graph(recording: Recording, layer: str, k: int, method: Exact) -> bool:
    """Make a layer's graph of its shares, unless it is there; False if they are not all there.

    Raises
    ------
    Mismatch
        If a share is of other points or options.
    """
    if recording.kept_graph(layer, k, method) is not None:
        return True
    whole = [parts for parts, there in shares_kept(recording, layer, k).items() if len(there) == parts]
    if not whole:
        return False
    paths = [share_path(recording, layer, k, (part, min(whole))) for part in range(min(whole))]
    about = recording.graph_metadata(layer, method)
    join_shares(recording.points(layer), k, method, paths, metadata=about).save(recording.graph_path(layer, k))
    return True


def remove_shares(recording: Recording, layer: str, k: int) -> None:
    """Remove the shares of a layer's graph."""
    folder = share_path(recording, layer, k, (0, 1)).parent
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # as long as other layers have shares there
        folder.parent.rmdir()


def build(task: GraphTask) -> None:
    """A graph that one process builds, or a share."""
    recording = _opened(task.folder, task.digest)
    try:
        if task.share is None:
            recording.graph(task.layer, task.k, task.method)
        else:
            build_share(recording, task.layer, task.k, task.method, task.share)
    except BadInput as error:
        raise BadInput(f"the graph of layer {task.layer!r} ({recording.partition}): {error}") from error


def join(task: GraphTask) -> None:
    """A graph from its shares."""
    assert isinstance(task.method, Exact)
    recording = _opened(task.folder, task.digest)
    if join_graph(recording, task.layer, task.k, task.method):
        remove_shares(recording, task.layer, task.k)


@lru_cache(maxsize=4)
def _opened(folder: str, digest: str) -> Recording:
    """The recording; kept, because its files are verified when they are first read."""
    return Recording(folder)
