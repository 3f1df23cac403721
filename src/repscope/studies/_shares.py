"""Runs whose recordings and graphs are computed in shares, by processes that know nothing of each other."""

from collections import Counter
from collections.abc import Mapping

from repscope.activations import Recording
from repscope.core.errors import BadInput
from repscope.core.progress import progress
from repscope.core.shared_folder import forget_shares, hold, only_process, shares_begun
from repscope.core.shares import Share, share_text
from repscope.neighbors import Exact, Method
from repscope.studies._run import Run
from repscope.studies._shared_graphs import build_share, effort, join_graph, remove_shares, shares_kept


def share_graphs(run: Run, share: Share, k: int | None = None, method: Method | None = None) -> None:
    """Build one share of the graphs of all layers of a run; `merge` joins them.

    Parameters
    ----------
    run : Run
        Whose recordings are whole.
    share : (int, int)
        i of n, from (0, n) to (n − 1, n).
    k : int, optional
        Neighbours per sample; the run's by default.
    method : Method, optional
        `Exact()` by default; the same for all shares.

    Raises
    ------
    BadInput
        If there is no such share, or the method cannot be shared.
    Busy
        If another process computes the same share.
    """
    recordings = [run.recording(partition) for partition in run.partitions]
    parts = [(recording, layer) for recording in recordings for layer in recording.variants]
    work = [effort(recording, layer) for recording, layer in parts]
    with hold(run.path, share, lambda alone: None), progress(f"share {share_text(share)}", 100, "%") as advance:
        for (recording, layer), weight in zip(parts, work, strict=True):
            told = 0.0

            def tell(done: float, weight: float = 100 * weight / sum(work)) -> None:
                nonlocal told
                advance(weight * (done - told))
                told = done

            count = k if k is not None else run.k(recording.partition)
            build_share(recording, layer.name, count, method or Exact(), share, tell)
            tell(1.0)


def merge(run: Run, k: int | None = None, method: Exact | None = None) -> int:
    """Make one run of what was computed in shares: check that the recordings are whole, and join the graphs' shares.

    Parameters
    ----------
    run : Run
    k : int, optional
        Neighbours per sample; the run's by default.
    method : Exact, optional
        That of the shares.

    Returns
    -------
    int
        How many graphs the run has now, of this k.

    Raises
    ------
    BadInput
        If shares are missing; the message names them, and the commands that make them.
    Mismatch
        If a share is of other points or options.
    Busy
        If a process still works on a share.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import analyze, load_data, load_network
    >>> network, data, folder = load_network("repscope:resnet20-digits"), load_data("digits"), tempfile.mkdtemp()
    >>> run = analyze(network, data, "pool", folder, samples=50, partitions=["validation"], until="recording")
    >>> for part in range(2):
    ...     share_graphs(run, (part, 2))
    >>> merge(run)
    1
    """
    with only_process(run.path):
        recordings = [run.recording(partition) for partition in run.partitions]
        for recording in recordings:
            _require_whole(run, recording)
        exact = method or Exact()
        parts = [
            (r, layer.name, k if k is not None else run.k(r.partition)) for r in recordings for layer in r.variants
        ]
        kept = {part: shares_kept(*part) for part in parts}
        left = []
        with progress("joining shares", len(parts), "graphs") as advance:
            for part in parts:
                if not join_graph(*part, exact):
                    left.append(part)
                advance()
        counts = {count for there in kept.values() for count in there}
        if left and counts:
            raise BadInput(_what_is_missing(run, {part: kept[part] for part in left}, counts, k))
        for part in parts:  # not before: those of other layers tell into how many shares this one was to be cut
            remove_shares(*part)
        for folder in (run.path, *(recording.path for recording in recordings)):
            forget_shares(folder)
        return len(parts) - len(left)


def _require_whole(run: Run, recording: Recording) -> None:
    if recording.recorded == recording.n:
        return
    begun = Counter(parts for _, parts in shares_begun(recording.path))
    missing = recording.shares_missing(begun.most_common(1)[0][0]) if begun else []
    again = ", ".join(f"--shard {share_text(share)}" for share in missing)
    raise BadInput(
        f"the recording in {recording.path} has {recording.recorded} of {recording.n} samples; run the same 'repscope "
        f"record' again with {again or 'the shares that did not end, or without any'}, then 'repscope merge {run.path}'"
    )


def _what_is_missing(
    run: Run, left: Mapping[tuple[Recording, str, int], Mapping[int, set[int]]], counts: set[int], k: int | None
) -> str:
    """Which shares are missing, and the commands that make them; of the counts in use the one that is nearest to whole."""
    lacking = {
        parts: sorted({part for there in left.values() for part in range(parts) if part not in there.get(parts, ())})
        for parts in counts
    }
    parts = min(lacking, key=lambda count: (len(lacking[count]), count))
    recording, layer, _ = next(iter(left))
    shares = [share_text((part, parts)) for part in lacking[parts]]
    option = "" if k is None else f" --k {k}"
    commands = "; ".join(f"repscope graphs {run.path}{option} --shard {share}" for share in shares)
    return (
        f"{len(left)} graphs in {run.path} lack shares ({', '.join(shares)}), the first that of layer {layer!r} "
        f"({recording.partition}); run: {commands}; then: repscope merge {run.path}{option}"
    )
