"""Recorded responses as Brain-Score keeps them: an assembly with presentations and neuroids."""

from typing import Any

import numpy as np

from repscope.core.errors import BadInput
from repscope.transfer.brains._responses import Responses


def from_assembly(assembly: Any) -> Responses:
    """Responses from a neuronal assembly of Brain-Score, an xarray array.

    Parameters
    ----------
    assembly : DataArray
        With a dimension ``presentation`` that has the coordinate ``stimulus_id`` (or ``image_id``), and ``neuroid``; if there are
        several ``time_bin``, choose one before. Presentations of an image are numbered in their order; where images were shown
        differently often, trials are missing.

    Returns
    -------
    Responses
        Images in the order in which they first come.

    Raises
    ------
    BadInput
        If it has other dimensions, or no ids of images.

    Notes
    -----
    Brain-Score itself is not needed, but it is what makes such assemblies.
    """
    dims = tuple(getattr(assembly, "dims", ()))
    if "time_bin" in dims and assembly.sizes["time_bin"] == 1:
        assembly = assembly.squeeze("time_bin")
        dims = tuple(assembly.dims)
    if set(dims) != {"presentation", "neuroid"}:
        raise BadInput(
            f"an assembly has the dimensions {list(dims)}; expected presentation and neuroid, with one time_bin chosen, such as "
            "assembly.sel(time_bin_start=70)"
        )
    name = next((c for c in ("stimulus_id", "image_id") if c in assembly.coords), None)
    if name is None:
        raise BadInput("the assembly has no coordinate 'stimulus_id' of its presentations; add the ids of the images")
    values = np.asarray(assembly.transpose("presentation", "neuroid").values, dtype=np.float64)
    shown = [str(one) for one in assembly[name].values.tolist()]
    ids = tuple(dict.fromkeys(shown))
    place = {image: row for row, image in enumerate(ids)}
    counts = dict.fromkeys(ids, 0)
    numbers = []
    for image in shown:
        numbers.append(counts[image])
        counts[image] += 1
    out = np.full((max(counts.values()), len(ids), values.shape[1]), np.nan)
    out[numbers, [place[image] for image in shown]] = values
    neurons = assembly["neuroid_id"].values.tolist() if "neuroid_id" in assembly.coords else None
    return Responses.of(out, ids, neurons)
