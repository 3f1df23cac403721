"""The page of a selection: which features to take, how every layer does, and all choices."""

from collections.abc import Sequence
from pathlib import Path

from repscope.core.files import write_bytes
from repscope.core.numbers import shown
from repscope.report._blocks import Block, Chart, Column, Series, Table, Text
from repscope.report._page import Page, Section
from repscope.report._report import written
from repscope.transfer import Ranked, Selection
from repscope.transfer._choice import RETRIEVAL
from repscope.transfer._described import FLAT

BY_LAYER = (
    "Every image is judged by what was fitted without it. Layers without positions, and the image, are taken as they are. Bands are 95 % "
    "intervals, the dashed line is what chance would give."
)
SUMMARY = "The best post-processing and use at each layer."
ALL = (
    "Every choice, the best first. 'Behind' is the best less this one, image by image; where its interval holds 0 the two cannot be told apart. "
    "LogME and H-score are of the descriptor before post-processing. Multiply-adds are of the whole network."
)


def write_selection(found: Selection, path: str | Path) -> Path:
    """Write a selection as one offline HTML file, or as text or JSON by the name's ending.

    Parameters
    ----------
    found : Selection
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
    networks = list(dict.fromkeys(line.choice.network for line in found.ranked))
    facts = (
        ("networks", f"{len(networks)}"),
        ("choices", f"{len(found.ranked)}"),
        ("images to choose by", f"{found.chosen_by:,}"),
        ("images held back", f"{found.held_back:,}"),
    )
    sections = (
        Section("found", "What to take", "", tuple(Text(sentence) for sentence in found.sentences())),
        Section("layers", "By layer", BY_LAYER, tuple(_chart(found.ranked, name) for name in networks)),
        Section("choices", "All choices", ALL, (_table(found.ranked),)),
    )
    page = Page(
        "Transfer",
        "Which features to take",
        f"Every layer of {', '.join(networks)}, judged on these images.",
        facts,
        sections,
    )
    write_bytes(target, written(page, target, []))
    return target


def _chart(ranked: Sequence[Ranked], network: str) -> Block:
    """A curve over the layers for every descriptor; where a layer has no positions, all have what it gives as it is."""
    mine = [line for line in ranked if line.choice.network == network]
    layers = list(dict.fromkeys(line.choice.layer for line in sorted(mine, key=lambda line: line.place)))
    best: dict[tuple[str, str], Ranked] = {}
    for line in mine:  # the best come first
        best.setdefault((line.choice.layer, line.choice.descriptor), line)
    descriptors = list(
        dict.fromkeys(descriptor for _, descriptor in sorted(best, key=lambda key: layers.index(key[0])))
    )
    named = [name for name in descriptors if name != FLAT] or [FLAT]
    named += (
        [FLAT] if FLAT in descriptors and all((layer, FLAT) in best for layer in layers) and FLAT not in named else []
    )
    series = []
    for colour, descriptor in enumerate(named):
        rows = [best[(layer, descriptor if (layer, descriptor) in best else FLAT)] for layer in layers]
        series.append(
            Series(
                descriptor,
                {"network": network, "descriptor": descriptor},
                tuple(layers),
                tuple(row.score.value for row in rows),
                tuple(row.score.interval[0] for row in rows),
                tuple(row.score.interval[1] for row in rows),
                tuple(row.score.null for row in rows),
                colour=colour,
            )
        )
    retrieval = mine[0].choice.use == RETRIEVAL
    title = "Mean average precision" if retrieval else "Accuracy"
    return Chart(mine[0].score.measure, network, title, SUMMARY, tuple(series), (0.0, 1.0))


def _table(ranked: Sequence[Ranked]) -> Table:
    columns = (
        Column("network"),
        Column("layer"),
        Column("descriptor"),
        Column("post-processing"),
        Column("use"),
        Column("numbers", "", True),
        Column(ranked[0].score.measure, "", True),
        Column("95 %"),
        Column("behind, points", "", True),
        Column("as good"),
        Column("LogME", "", True),
        Column("H-score", "", True),
        Column("multiply-adds", "", True),
    )
    rows = tuple(
        (
            *vars(line.choice).values(),
            f"{line.dimension:,}",
            shown(line.score.value, ".3f"),
            f"{shown(line.score.interval[0], '.3f')} to {shown(line.score.interval[1], '.3f')}",
            shown(100 * line.behind.value, ".1f"),
            "yes" if line.as_good else "",
            shown(line.log_me, ".3f"),
            shown(line.h_score, ".2f"),
            f"{line.multiply_adds:,}",
        )
        for line in ranked
    )
    return Table("Choices", columns, rows)
