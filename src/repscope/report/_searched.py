"""The page of a search: how well every layer finds, against dimensions too, and what it finds for single queries."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from repscope.activations._layers import INPUT
from repscope.core.files import write_bytes
from repscope.core.numbers import shown
from repscope.core.sprites import sprite_sheet
from repscope.core.squares import in_square
from repscope.report._blocks import Block, Chart, Column, Drawn, Series, Table, Text
from repscope.report._page import Page, Section
from repscope.report._report import written
from repscope.report._script import script
from repscope.transfer import LayerRetrieval, Retrieval, Searched
from repscope.transfer._described import FLAT

SHOWN = 24
"""Queries that can be looked at: from the worst to the best by the best layer, evenly."""
SIDE = 48

BY_LAYER = "Mean average precision over queries, with 95 % intervals; the dashed line is what random rankings give."
BY_DIMENSION = "L2, whitened to so many directions, and compared by the cosine."
HITS = "A solid frame with a tick answers the query, a dashed frame does not. Queries run from the worst to the best by the layer that finds best."


def write_searched(found: Searched, path: str | Path) -> Path:
    """Write what was searched as one offline HTML file, or as text or JSON by the name's ending.

    Parameters
    ----------
    found : Searched
    path : path

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
    facts = (
        ("queries", f"{found.queries.n:,}"),
        ("gallery", f"{found.gallery.n:,}"),
        ("layers", f"{len({line.layer for line in found.layers})}"),
        ("post-processing", found.postprocessing),
    )
    curves = [line for line in found.layers if line.by_dimension]
    sections = [
        Section("found", "What was found", "", tuple(Text(sentence) for sentence in found.sentences())),
        Section("layers", "By layer", BY_LAYER, (_by_layer(found.layers), _table(found))),
        Section("dimensions", "By dimension", BY_DIMENSION, (_by_dimension(curves),) if curves else ()),
        Section("hits", "What is found", HITS, (_hits(found),)),
    ]
    lead = f"Which layer of {found.network} finds the images of {found.data} that answer a query."
    page = Page("Retrieval", found.network, lead, facts, tuple(section for section in sections if section.blocks))
    write_bytes(target, written(page, target, [script("hits")]))
    return target


def _by_layer(lines: Sequence[LayerRetrieval]) -> Block:
    """A curve over layers for each descriptor, and whose queries; layers without positions have one, which is in all curves."""
    layers = list(dict.fromkeys(line.layer for line in lines))
    series: list[Series] = []
    for mapped in dict.fromkeys(line.mapped for line in lines):
        mine = {(line.layer, line.descriptor): line for line in lines if line.mapped == mapped}
        several = [x for x in layers if len([1 for layer, _ in mine if layer == x]) > 1]
        names = dict.fromkeys(name for layer, name in mine if name != FLAT or layer in several)
        for name in names or (FLAT,):
            at = {x: mine.get((x, name), mine.get((x, FLAT))) for x in layers}
            on = {x: line for x, line in at.items() if line is not None}
            way = next(line.way for line in on.values() if line.descriptor == name)
            drawn = _series(way, list(on), [line.found for line in on.values()], len(series))
            series.append(_padded(drawn, layers))
    return Chart("map", "Mean average precision", "mAP", "", tuple(series), (0.0, 1.0))


def _by_dimension(lines: Sequence[LayerRetrieval]) -> Block:
    """A curve over dimensions for each layer, where it has so many."""
    sizes = sorted({size for line in lines for size in line.by_dimension})
    series = []
    for place, line in enumerate(lines):
        own = [size for size in sizes if size in line.by_dimension]
        ramp = round(8 * place / max(1, len(lines) - 1))
        texts = [str(size) for size in own]
        series.append(_series(line.name, texts, [line.by_dimension[size] for size in own], 0, ramp))
    most = max(series, key=lambda one: len(one.layers))
    padded = [_padded(one, most.layers) for one in series]
    return Chart("map_by_dimension", "Mean average precision by dimensions", "mAP", "", tuple(padded), (0.0, 1.0))


def _series(
    name: str, places: Sequence[str], found: Sequence[Retrieval], colour: int, ramp: int | None = None
) -> Series:
    return Series(
        name,
        {"curve": name},
        tuple(places),
        tuple(one.map for one in found),
        tuple(one.interval[0] for one in found),
        tuple(one.interval[1] for one in found),
        tuple(one.score.null for one in found),
        colour=colour,
        ramp=ramp,
    )


def _padded(series: Series, places: Sequence[str]) -> Series:
    """With nothing where a layer has not so many dimensions."""
    nan = float("nan")
    row = {place: i for i, place in enumerate(series.layers)}

    def at(values: Sequence[Any], missing: Any) -> tuple[Any, ...]:
        return tuple(values[row[place]] if place in row else missing for place in places)

    return Series(
        series.name, series.keys, tuple(places), at(series.values, nan), at(series.low, nan), at(series.high, nan), at(series.null, None),
        colour=series.colour, ramp=series.ramp,
    )  # fmt: skip


def _table(found: Searched) -> Table:
    columns = (
        Column("layer"),
        Column("descriptor"),
        Column("queries of"),
        Column("numbers", "", True),
        Column(found.best.found.score.measure, "", True),
        Column("95 %"),
        Column("chance", "", True),
        Column("recall@1", "", True),
        Column("recall@10", "", True),
        Column("first hit right", "", True),
    )
    rows = tuple(
        (
            row["layer"],
            row["descriptor"],
            row["queries_of"],
            f"{row['dimension']:,}",
            shown(row["map"], ".3f"),
            f"{shown(row['low'], '.3f')} to {shown(row['high'], '.3f')}",
            shown(row["chance"], ".3f"),
            shown(row["recall_1"], ".3f"),
            shown(row["recall_10"], ".3f"),
            shown(row["hits_1"], ".3f"),
        )
        for row in found.rows()
    )
    return Table("Layers", columns, rows, tuple("" if row["layer"] == INPUT else row["layer"] for row in found.rows()))


def _hits(found: Searched) -> Drawn:
    """Some queries with the first hits of every layer; pictures are places in one sheet."""
    precision = found.best.found.precision
    order = np.argsort(precision, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().astype(int))]
    pictures: dict[tuple[str, int], int] = {}

    def place(side: str, row: int) -> int:
        return pictures.setdefault((side, row), len(pictures))

    same = found.queries is found.gallery
    queries = []
    for query in chosen.tolist():
        at = place("gallery" if same else "queries", query)
        layers = []
        for line in found.layers:
            right = set(line.found.ranks[query].tolist())
            hits = [
                {"at": place("gallery", row), "name": found.gallery.ids[row], "right": rank in right}
                for rank, row in enumerate(line.found.first[query].tolist(), start=1)
                if row >= 0
            ]
            layers.append({"name": line.name, "precision": float(line.found.precision[query]), "hits": hits})
        queries.append({"name": found.queries.ids[query], "at": at, "layers": layers})
    small = {"queries": found.queries.thumbnails(), "gallery": found.gallery.thumbnails()}
    sheet = sprite_sheet(np.stack([in_square(small[side][row], SIDE) for side, row in pictures]))
    data = {
        "title": "Hits by layer",
        "summary": f"{len(queries)} of {len(order):,} queries.",
        "queries": queries,
        "sheet": vars(sheet),
    }
    return Drawn("hits", data)
