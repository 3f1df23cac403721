"""The page of a look: every layer with its units, and what each picture is to be read beside."""

import os
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from repscope.core.files import write_bytes
from repscope.core.numbers import shown
from repscope.core.sprites import sprite_sheet
from repscope.core.squares import in_square
from repscope.report._blocks import Block, Column, Drawn, Table, Text
from repscope.report._page import Page, Section
from repscope.report._report import written
from repscope.report._script import script
from repscope.units.attribution import ATTRIBUTIONS
from repscope.units.look import LayerLook, Look

SIDE = 64
"""Pixels of a picture on the page."""

LEAD = (
    "Patches are cropped by what the position depends on. An optimised picture tells something only if it differs from that of a network of "
    "random weights; its activation is held beside that of natural images. Attributions are of the image of the first patch."
)
CHECKED = (
    "Rank correlation of a method's maps with those of networks whose layers are randomised from the last to the first. A method that "
    "stays alike while the later layers are randomised shows the image rather than what the network makes of it."
)


def write_look(found: Look, path: str | Path, explorer: str | Path | None = None) -> Path:
    """Write a look as one offline HTML file, or as text or JSON by the name's ending.

    Parameters
    ----------
    found : Look
    path : path
    explorer : path, optional
        The report of a run on the same images: patches link to its neighbour explorer.

    Returns
    -------
    path
        The file.

    Raises
    ------
    OutOfSpace
        If the disk is full.
    """
    target = Path(path)
    link = None if explorer is None else Path(os.path.relpath(explorer, target.parent)).as_posix()
    sections = []
    for number, layer in enumerate(found.layers):
        blocks: list[Block] = [_units(layer, found.network, link)]
        if layer.checks:
            blocks += [Text(CHECKED), _checks(layer)]
        blocks += [Text(f"{name} does not apply here: {why}.") for name, why in layer.refused.items()]
        sections.append(Section(f"layer-{number}", layer.layer, LEAD if number == 0 else "", tuple(blocks)))
    facts = (
        ("images", f"{found.images:,}"),
        ("layers", f"{len(found.layers)}"),
        ("units", f"{sum(len(x.units) for x in found.layers)}"),
    )
    lead = f"What units of {found.network} respond to, seen through {found.images:,} images of {found.data}."
    page = Page("Look", found.network, lead, facts, tuple(sections))
    write_bytes(target, written(page, target, [script("units")]))
    return target


def _units(layer: LayerLook, network: str, explorer: str | None) -> Drawn:
    """A row for each unit; its pictures are places in one sheet."""
    pictures: list[UInt8[np.ndarray, "h w 3"]] = []

    def place(picture: UInt8[np.ndarray, "h w 3"]) -> int:
        pictures.append(in_square(picture, SIDE))
        return len(pictures) - 1

    units = []
    for unit in layer.units:
        made = unit.optimised
        units.append(
            {
                "name": unit.name,
                "dead": unit.dead,
                "values": unit.values.astype(float).tolist(),
                "ids": list(unit.ids),
                "patches": [] if unit.dead else [place(patch) for patch in unit.patches],
                "optimised": None
                if made is None
                else {
                    "at": place(made.image),
                    "twin": place(made.twin),
                    "reached": made.reached,
                    "percentile": made.percentile,
                    "spread": None if np.isnan(made.spread) else made.spread,
                },
                "maps": {_title(name): place(picture) for name, picture in unit.attributions.items()},
            }
        )
    dead = [unit.name for unit in layer.units if unit.dead]
    summary = f"{len(layer.units)} shown" + (f"; dead: {', '.join(dead)}" if dead else "") + "."
    sheet = sprite_sheet(np.stack(pictures or [np.full((SIDE, SIDE, 3), 128, np.uint8)]))
    data = {
        "layer": layer.layer,
        "network": network,
        "summary": summary,
        "units": units,
        "sheet": vars(sheet),
        "explorer": explorer,
    }
    return Drawn("units", data)


def _checks(layer: LayerLook) -> Table:
    """Methods by how much of the network was randomised."""
    depths = max(len(scores) for scores in layer.checks.values())
    heads = [f"{round(100 * (depth + 1) / depths)} % of the layers" for depth in range(depths)]
    columns = (
        Column("method"),
        *(Column(head, "after randomising, from the last,", True) for head in heads),
        Column("unrelated images", "", True),
    )
    rows = tuple(
        (_title(name), *(shown(score.value, ".2f") for score in scores), shown(scores[0].null or 0.0, ".2f"))
        for name, scores in layer.checks.items()
    )
    return Table(f"Do maps of {layer.layer} depend on the weights?", columns, rows)


def _title(name: str) -> str:
    return ATTRIBUTIONS[name].title if name in ATTRIBUTIONS else name
