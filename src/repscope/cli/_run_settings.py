"""The settings file of a run folder: `repscope analyze --settings RUN/settings.yaml --out NEW` makes it again."""

from pathlib import Path
from typing import Any

import typer

from repscope.core.files import write_bytes

NAME = "settings.yaml"
_NOT_KEPT = {"settings", "out", "json", "report", "shard", "engine", "workers"}


def write_settings(context: typer.Context, folder: Path) -> None:
    """Write every option of the command, as given or by default, under its own name."""
    import yaml

    kept: dict[str, Any] = {
        str(name): (list(value) or None) if isinstance(value, (list, tuple)) else value
        for name, value in sorted(context.params.items())
        if name not in _NOT_KEPT
    }
    text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)
    here = "from the directory in which it was first given"
    head = f"# repscope {context.info_name} --settings {folder / NAME} --out NEW   ({here})\n"
    write_bytes(folder / NAME, (head + text).encode())
