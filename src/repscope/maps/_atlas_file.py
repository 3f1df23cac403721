"""The folder of an atlas: several files that belong together, replaced whole or not at all.

atlas.json      names the files of the state that counts; written last
3/samples…      the files of state 3, each with its checksum
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from repscope.core.errors import Damaged, NotFound
from repscope.core.files import read_json, read_tensors, write_json, write_tensors

FORMAT = "repscope.atlas.2"
_MANIFEST = "atlas.json"


def write_state(folder: Path, about: Mapping[str, Any], parts: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Write the next state beside the last one, make it the one that counts, and take the last one away."""
    before = read_json(folder / _MANIFEST)["state"] if (folder / _MANIFEST).exists() else 0
    state = before + 1
    shutil.rmtree(folder / str(state), ignore_errors=True)  # of a process that ended before it counted
    for name, tensors in parts.items():
        write_tensors(folder / str(state) / f"{name}.safetensors", tensors, {"part": name, "state": str(state)})
    write_json(folder / _MANIFEST, {"format": FORMAT, "state": state, **about})
    shutil.rmtree(folder / str(before), ignore_errors=True)


def read_state(folder: Path) -> tuple[dict[str, Any], Callable[[str], dict[str, Tensor]]]:
    """What `write_state` was told, and a function that reads a part.

    Raises
    ------
    NotFound
        If the folder holds no atlas.
    Damaged
        If it is of another format, or a part is not as it was written.
    """
    if not (folder / _MANIFEST).exists():
        raise NotFound(f"there is no atlas in {folder}; 'repscope map' makes one")
    about = read_json(folder / _MANIFEST)
    if about.get("format") != FORMAT:
        raise Damaged(
            f"{folder} holds an atlas of the format {about.get('format')!r}; expected {FORMAT}: make it again"
        )

    def part(name: str) -> dict[str, Tensor]:
        path = folder / str(about["state"]) / f"{name}.safetensors"
        try:
            tensors, header = read_tensors(path)
        except FileNotFoundError as error:
            raise Damaged(f"{path} is missing; the atlas is not whole, make it again") from error
        if header.get("part") != name or header.get("state") != str(about["state"]):
            raise Damaged(f"{path} is of another state of the atlas; make it again")
        return tensors

    return about, part
