"""The exceptions of repscope.

    RepscopeError
    ├── BadInput        (ValueError)   something given cannot be used
    ├── NotFound        (LookupError)  a name that nothing answers to; carries the nearest names
    ├── Damaged         (OSError)      a file that is not what was written
    ├── Mismatch        (ValueError)   two things that do not belong together
    ├── Busy            (OSError)      another process works on the same folder
    ├── OutOfSpace      (OSError)      the disk or the memory does not suffice
    ├── Lost            (OSError)      a worker that ended however often it was started
    └── MissingPackage  (ImportError)  an optional package is not installed

Every message says what came, what was expected and what to do.
"""

import difflib
from collections.abc import Iterable


class RepscopeError(Exception):
    """Any error that repscope raises on purpose; the command line prints it without a traceback."""


class BadInput(RepscopeError, ValueError):
    """Something given cannot be used as it is."""


class NotFound(RepscopeError, LookupError):
    """A name that nothing answers to."""

    def __str__(self) -> str:  # LookupError's subclasses may quote their message; this one is a sentence
        return str(self.args[0]) if self.args else ""


class Damaged(RepscopeError, OSError):
    """A file that is not what was written: truncated, changed, or of another version."""


class Mismatch(RepscopeError, ValueError):
    """Two things that do not belong together, such as a recording and another network's settings."""


class Busy(RepscopeError, OSError):
    """Another process works on the same folder."""


class OutOfSpace(RepscopeError, OSError):
    """The disk, or the memory budget, does not suffice."""


class Lost(RepscopeError, OSError):
    """A worker process that ended, however often it was started again."""


class MissingPackage(RepscopeError, ImportError):
    """An optional package is not installed."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """The known names closest to `name`, as a clause for an error message; all of them when they are few.

    >>> nearest("layer2.1.relu", ["layer1.0", "layer2.0", "layer2.1"])
    "known: 'layer1.0', 'layer2.0', 'layer2.1'"
    """
    names = list(dict.fromkeys(known))
    if not names:
        return "none are known"
    if len(names) <= 8:
        return "known: " + ", ".join(repr(n) for n in names)
    close = difflib.get_close_matches(name, names, n=count, cutoff=0.0)
    return f"nearest of {len(names)}: " + ", ".join(repr(n) for n in close)
