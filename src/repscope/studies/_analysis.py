"""analyze(): from a network and a data set to a run folder with recordings, graphs and scores."""

import dataclasses
import operator
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from repscope._version import __version__
from repscope.activations import (
    KINDS,
    WIDTH,
    LayerInfo,
    Scale,
    checked_kinds,
    checked_scales,
    planned_layers,
    record,
    thumbnail_side,
)
from repscope.core.blocks import parse_bytes
from repscope.core.engines import Engine, opened
from repscope.core.errors import BadInput, Damaged, OutOfSpace
from repscope.core.files import read_json, write_json
from repscope.core.sameness import require_same
from repscope.core.shared_folder import hold
from repscope.core.shares import Share
from repscope.measures import MEASURES
from repscope.neighbors import Method, load_method, suggest_k
from repscope.studies._building import build_graphs
from repscope.studies._costs import Costs
from repscope.studies._in_passes import graphs_in_passes, propose_passes
from repscope.studies._run import FORMAT, RUN, SCORES, TWIN, Run
from repscope.studies._scoring import score_recordings

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


RESERVED = (RUN, SCORES, TWIN, "report.html", "settings.yaml")
"""What lies beside the partitions in a run folder."""

MEMORY = "2GiB"
"""Budget for building graphs."""

STAGES = ("recording", "graphs", "scores")
"""What an analysis does, in this order."""


def analyze(
    network: "Network",
    data: "DataSet",
    layers: str | Sequence[str] | None = None,
    out: str | Path = "run",
    *,
    partitions: Sequence[str] | None = None,
    samples: int | None = None,
    k: int | None = None,
    measures: Sequence[str] | None = None,
    seed: int = 0,
    dtype: str = "float32",
    batch: int | None = None,
    device: str | None = None,
    method: str | Method = "exact",
    memory: int | str = MEMORY,
    scales: Sequence[Scale] = (1,),
    pooling: Sequence[str] | str = KINDS,
    untrained_twin: bool = False,
    until: str = "scores",
    share: Share | None = None,
    engine: str | Engine = "local",
    workers: int | None = None,
    disk: int | str | None = None,
    warn: Callable[[str], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Run:
    """Record a network's layers, build their neighbour graphs and compute the scores, in one folder.

    Interrupt it anywhere and call it again: it goes on where it was. What is on disk is not computed again.

    Parameters
    ----------
    network : Network
        What `load_network` returns.
    data : DataSet
        What `load_data` returns.
    layers : str or sequence of str, optional
        Glob patterns over the names of layers, ``input`` among them; by default the input and all blocks.
    out : path
        The run folder.
    partitions : sequence of str, optional
        Which parts of the data; training and validation where the data set has them, else everything.
    samples : int, optional
        A class-balanced subset of so many images of each partition, chosen by `seed`; a partition that has
        fewer is taken whole.
    k : int, optional
        Neighbours per sample; by default n / (10 · classes) for each partition, so that the ratio of the two
        is the same in all (Hryniowski 2024).
    measures : sequence of str, optional
        Names of measures; by default all that are computed unasked.
    method : str or Method
        How neighbours are found: ``exact``, or an approximate method where exact takes too long.
    memory : int or str
        Budget for building graphs, beside the result.
    scales : sequence of int or "global"
        Also look at every layer's maps pooled over windows of these sides, from the same forward pass (MS-RRA,
        Hryniowski 2024): `Run.scores(…, scale=2)`.
    pooling : sequence of {"average", "max"}
        How.
    untrained_twin : bool
        Also analyse the same architecture with untrained weights, for comparison, in the sub-folder ``untrained``.
    until : {"recording", "graphs", "scores"}
        Where to stop; a later call goes on from there.
    share : (int, int), optional
        Only the i-th of n shares of the recording, from (0, n) to (n − 1, n), with ``until="recording"``; several
        processes, on several machines, may fill one folder so.
    engine : {"local", "ray"} or Engine
        Where layers are recorded and graphs built: in this process, or in the workers of the Ray cluster that
        RAY_ADDRESS names, or of one on this machine. The result is the same, to the byte.
    workers : int, optional
        Of Ray; by default one per GPU or eight cores.

    disk : int or str, optional
        Keep graphs only, and no more than so many bytes of activations on disk at a time: layers are recorded in
        groups, searched and deleted, for one forward pass more with each group; a layer that is larger alone is
        computed again whenever it is needed. By default all activations are stored, and kept.
    warn : function of str, optional
        Is told about modules that never fire; `warnings.warn` by default.
    say : function of str, optional
        Is told, before anything is done, what the analysis will take of the disk, and how many forward passes.

    Returns
    -------
    Run

    Raises
    ------
    Mismatch
        If the folder is of another network, data set or settings.
    BadInput, NotFound
        If the settings do not fit the network or the data.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import analyze, load_data, load_network
    >>> network, data = load_network("repscope:resnet20-digits"), load_data("digits")
    >>> run = analyze(network, data, ["input", "pool"], tempfile.mkdtemp(), samples=100, partitions=["validation"])
    >>> [round(score.value, 1) for score in run.scores("class_similarity").curve()]
    [0.8, 1.0]
    """
    if until not in STAGES:
        raise BadInput(f"an analysis cannot go on until {until!r}; choose one of {', '.join(STAGES)}")
    if share is not None and until != "recording":
        raise BadInput(f"a share was asked for until {until!r}; only the recording has shares here: until='recording'")
    if disk is not None and (share is not None or engine != "local"):
        raise BadInput("a limit on the disk is for one process: leave out disk, or share and engine")
    room = None if disk is None else parse_bytes(disk)
    samples, k, batch = (None if v is None else operator.index(v) for v in (samples, k, batch))
    seed = operator.index(seed)
    sizes, kinds = checked_scales(scales), checked_kinds(pooling)
    way = load_method(method, memory, device) if isinstance(method, str) else method
    chosen = _partitions(data, partitions)
    parts = {name: _subset(data.partition(name), samples, seed) for name in chosen}
    ks = {name: k if k is not None else suggest_k(len(part), len(data.class_names)) for name, part in parts.items()}
    for name, part in parts.items():
        if name in RESERVED:
            raise BadInput(f"the partition {name!r} has the name of something else in a run folder; rename it")
        if not 1 <= ks[name] < len(part):
            raise BadInput(
                f"k = {ks[name]} neighbours asked for among the {len(part)} samples of {name!r}; expected 1 to {len(part) - 1}"
            )
    names = _measures(measures, labelled=data.labels is not None and len(np.unique(data.labels)) > 1)
    settings = {
        "layers": [layers] if isinstance(layers, str) else layers if layers is None else list(layers),
        "partitions": list(chosen),
        "samples": samples,
        "k": k,
        "measures": None if measures is None else list(measures),
        "seed": seed,
        "dtype": dtype,
        "batch": batch,
        "method": way.address,
        "untrained_twin": untrained_twin,
        **({"scales": list(sizes), "pooling": list(kinds)} if len(sizes) > 1 else {}),
    }
    description = {
        "format": FORMAT,
        "network": network.describe(),
        "data": {"name": data.name, "settings": dict(data.settings), "digest": data.digest},
        "partitions": list(chosen),
        "k": ks,
        "settings": settings,
        "version": __version__,
    }
    folder = Path(out)

    def claim(_alone: bool) -> None:
        if (folder / RUN).exists():
            _refuse_another(folder, description)

    _say_costs(planned_layers(network, layers, sizes, kinds)[0], parts, ks, dtype, room, say)
    with opened(engine, workers) as runner, hold(folder, share, claim):
        try:
            recordings = [
                record(
                    network, part, layers, folder / name, partition=name, dtype=dtype, batch=batch, device=device,
                    share=share, engine=runner, stored=disk is None, scales=sizes, pooling=kinds, warn=warn,
                )
                for name, part in parts.items()
            ]  # fmt: skip
        except OutOfSpace as error:
            raise OutOfSpace(
                f"{error}{propose_passes(network, layers, parts, dtype, way, folder, sizes, kinds)}"
            ) from error
        claim(False)  # another share may have ended meanwhile
        write_json(folder / RUN, description)  # not before: settings that failed must not claim the folder
        if until != "recording" and room is None:
            build_graphs(recordings, ks, way, runner)
        elif until != "recording" and room is not None:
            for recording in recordings:
                name = recording.partition
                graphs_in_passes(network, parts[name], recording, ks[name], way, room, device=device, say=say)
        if until == "scores":
            score_recordings(recordings, ks, names, folder / SCORES, way.address)
    if untrained_twin:
        from repscope.networks import untrained

        last = chosen[-1]  # one partition tells what architecture alone does
        analyze(
            untrained(network, seed), data, layers, folder / TWIN, partitions=[last], samples=samples, k=ks[last],
            measures=names, seed=seed, dtype=dtype, batch=batch, device=device, method=method, memory=memory,
            scales=sizes, pooling=kinds, until=until, share=share, engine=engine, workers=workers, disk=disk, warn=lambda _message: None,
            say=say,
        )  # fmt: skip
    return Run(folder)


def _say_costs(
    kept: Sequence[LayerInfo],
    parts: "Mapping[str, DataSet]",
    ks: Mapping[str, int],
    dtype: str,
    disk: int | None,
    say: Callable[[str], None] | None,
) -> None:
    if say is not None and dtype in WIDTH:
        side = thumbnail_side(next(iter(parts.values())).image(0))
        costs = Costs.of(kept, {name: len(part) for name, part in parts.items()}, ks, dtype, side)
        say(str(costs if disk is None else dataclasses.replace(costs, activations=0)))


def _partitions(data: "DataSet", asked: Sequence[str] | None) -> tuple[str, ...]:
    """Training first, validation last: the last partition is the one that the report opens with."""
    if asked is not None:
        if not asked:
            raise BadInput("no partitions were given; leave them out for all, or name at least one")
        return tuple(dict.fromkeys(asked))
    usual = [name for name in ("train", "validation", "test") if name in data.partitions]
    return tuple(usual[:2]) or tuple(data.partitions) or ("all",)


def _subset(part: "DataSet", samples: int | None, seed: int) -> "DataSet":
    if samples is None or samples >= len(part):
        return part
    return part.balanced(samples, seed)


def _measures(asked: Sequence[str] | None, labelled: bool) -> list[str]:
    """The measures asked for; without a wish, all default ones that the data allow."""
    if asked is None:
        found = {name: MEASURES[name] for name in MEASURES}
        return [n for n, m in found.items() if m.default and (labelled or "labels" not in m.needs)]
    for name in asked:
        if "labels" in MEASURES[name].needs and not labelled:
            raise BadInput(
                f"the measure {name!r} needs labels of at least two classes, and the data set has none; leave it out, or give images a folder per class"
            )
    return list(dict.fromkeys(asked))


def _refuse_another(folder: Path, description: dict[str, Any]) -> None:
    """Refuse a folder whose `run.json` is of something else."""
    there = read_json(folder / RUN)
    if not isinstance(there, dict) or there.get("format") != FORMAT:
        raise Damaged(f"{folder / RUN} is not of this version of repscope; analyse into another folder")
    held = dict(there.get("settings", {}), method=description["settings"]["method"])  # another method is no other run
    require_same({**there, "settings": held}, description, f"{folder} holds a run")
