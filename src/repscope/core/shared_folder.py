"""A folder that one process has for itself, or that several fill together, a share each.

Whoever works alone holds the folder's lock alone; those who share it hold that lock together, and each the lock of
its share. So a share is never computed twice at a time, and nobody who means to be alone meets somebody.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from repscope.core.errors import BadInput, Busy
from repscope.core.shares import Share, share_text

LOCK = ".lock"
"""Of a folder; those of shares have its name and their own, such as ``.lock.2-of-8``."""


@contextmanager
def hold(folder: Path, share: Share | None, claim: Callable[[bool], object]) -> Iterator[None]:
    """Hold a folder, or a share of the work in it, for this process; the hold ends with the process, however it ends.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    share : Share or None
        None for a process that works alone.
    claim : function of bool
        Called before the body, by one process at a time, with whether nobody else works in the folder.

    Raises
    ------
    Busy
        If another process holds the folder, or the same share.
    BadInput
        If the folder is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; expected a folder, or a name that is free")
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        whole = files.enter_context((folder / LOCK).open("a+"))
        if share is None:
            if not _locked(whole, fcntl.LOCK_EX):
                raise Busy(
                    f"another process is working on {folder}; wait until it has finished, or write to another folder"
                )
            claim(True)
        else:
            with (folder / f"{LOCK}.claim").open("a+") as claiming:
                fcntl.flock(claiming, fcntl.LOCK_EX)
                alone = _locked(whole, fcntl.LOCK_EX)
                _refuse_all_of(folder, alone or _locked(whole, fcntl.LOCK_SH))
                own = files.enter_context((folder / f"{LOCK}.{share[0] + 1}-of-{share[1]}").open("a+"))
                if not _locked(own, fcntl.LOCK_EX):
                    raise Busy(
                        f"another process is working on the share {share_text(share)} of {folder}; give each process "
                        "a share of its own"
                    )
                claim(alone)
                # lets the others in; on the way the lock is free for a moment
                _refuse_all_of(folder, _locked(whole, fcntl.LOCK_SH))
        yield


def only_process(folder: Path) -> AbstractContextManager[None]:
    """Hold a folder for this process alone.

    Raises
    ------
    Busy
        If another process holds it.
    """
    return hold(folder, None, lambda alone: None)


def shares_begun(folder: Path) -> list[Share]:
    """The shares that were ever worked on here, since the folder was last joined."""
    found = [path.name.removeprefix(f"{LOCK}.").split("-of-") for path in Path(folder).glob(f"{LOCK}.*-of-*")]
    return sorted((int(part) - 1, int(parts)) for part, parts in found)


def forget_shares(folder: Path) -> None:
    """Remove the locks of shares; only for a process that holds the folder alone."""
    for path in Path(folder).glob(f"{LOCK}.*-of-*"):
        path.unlink(missing_ok=True)


def _refuse_all_of(folder: Path, held: bool) -> None:
    if not held:
        raise Busy(
            f"another process is working on {folder}, not on a share; wait until it has finished, or write to another "
            "folder"
        )


def _locked(file: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
