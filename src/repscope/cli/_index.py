"""An entry of an index page: title, relative path, one line."""

import os
from pathlib import Path

from repscope.studies import Run


def entry_of(run: Run, page: Path, folder: Path) -> tuple[str, str, str]:
    """What the index says of a run."""
    samples = ", ".join(f"{run.recording(p).n:,} {p}" for p in run.partitions)
    summary = f"{samples}; {len(run.layers)} layers"
    return run.title, Path(os.path.relpath(page, folder)).as_posix(), summary
