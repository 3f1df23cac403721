"""What a recording is of: written before the first shard, compared before any other is added."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repscope._version import __version__
from repscope.core.errors import Damaged
from repscope.core.files import read_json, write_json
from repscope.core.sameness import require_same

if TYPE_CHECKING:
    from repscope.activations._layers import LayerInfo
    from repscope.data import DataSet
    from repscope.networks import Network

FORMAT = "repscope.recording.1"
MANIFEST = "manifest.json"
SAMPLES = "samples.json"


def manifest_of(
    network: "Network", data: "DataSet", partition: str, layers: "tuple[LayerInfo, ...]", settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that shapes the bytes of a recording."""
    import numpy
    import torch

    return {
        "format": FORMAT,
        "network": network.describe(),
        "data": {**data.describe(), "partition": partition},
        "layers": [layer.as_dict() for layer in layers],
        "settings": dict(settings),
        "versions": {"repscope": __version__, "torch": torch.__version__, "numpy": numpy.__version__},
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in a folder.

    Raises
    ------
    Damaged
        If there is none, or it is of another version of the format.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise Damaged(
            f"{folder} holds no recording (no {MANIFEST}); expected a folder that 'repscope record' or record() wrote"
        )
    manifest = read_json(path)
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise Damaged(
            f"{path} has the format {found!r} and this version of repscope reads {FORMAT!r}; "
            "record again into another folder, or use the version that wrote it"
        )
    return dict(manifest)


def claim_folder(folder: Path, manifest: dict[str, Any], samples: dict[str, Any], alone: bool) -> None:
    """Write the manifest and the samples into a folder without shards, or check that it is of the same recording.

    Where another process is working on a share, the folder may have no shards yet and is that process's recording.

    Raises
    ------
    Mismatch
        If the folder holds shards of another recording; the message lists the differences.
    """
    begun = not alone or any((folder / "shards").glob("*.safetensors"))
    if (folder / MANIFEST).exists() and begun:
        require_same(read_manifest(folder), manifest, f"{folder} holds a recording")
        return
    write_json(folder / SAMPLES, samples)
    write_json(folder / MANIFEST, manifest)
