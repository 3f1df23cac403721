"""Whether what is on disk was begun with the same settings, and if not, where the two differ."""

from typing import Any

from repscope.core.errors import Mismatch


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Where two JSON values differ, one line each.

    >>> differences({"a": 1, "b": [1, 2]}, {"a": 2, "b": [1, 2]})
    ['a: 1 there, 2 now']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            line
            for key in sorted(old.keys() | new.keys())
            for line in differences(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and path != "data.classes":
        return [
            line for i, (a, b) in enumerate(zip(old, new, strict=True)) for line in differences(a, b, f"{path}[{i}]")
        ]
    if old == new:
        return []
    if isinstance(old, list) and isinstance(new, list):
        return [f"{path}: {len(old)} entries there, {len(new)} now"]
    return [f"{path}: {old!r} there, {new!r} now"]


def require_same(there: Any, now: Any, what: str) -> None:
    """Refuse to mix two things in one folder.

    Parameters
    ----------
    there, now : JSON values
        The description on disk, and the one of what is to be added.
    what : str
        What the folder holds, for example ``"runs/a holds a recording"``.

    Raises
    ------
    Mismatch
        If they differ; the message lists where.
    """
    found = differences(there, now)
    if found:
        shown = "; ".join(found[:6]) + (f"; and {len(found) - 6} more" if len(found) > 6 else "")
        raise Mismatch(
            f"{what} of something else ({shown}); give another folder, or the settings it was begun with; "
            "nothing in it was changed"
        )
