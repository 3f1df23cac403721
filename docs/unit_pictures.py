"""Draw the pictures of the page of pictures: three networks that ship, every method.

    python docs/unit_pictures.py [NETWORK …]

    network, its images ──► look, classes, inversion, attacks, patterns, dreams ──► docs/pictures/NETWORK-WHAT.webp

Networks are digits, glyphs (of which directions, retrieval, compact descriptors and transfer are drawn as well) and scenes (and their detectors); some
five minutes of one core for each. What is drawn is the default of every function.
"""

import argparse
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from repscope import load_data, load_network
from repscope.data import DataSet
from repscope.networks import Network
from repscope.units import (
    Appearance,
    Colours,
    deepfool,
    dissect_network,
    dream,
    fgsm,
    fool,
    invert,
    maximize,
    minimal_perturbation,
    picture_grid,
    random_directions,
    top_patches,
)
from repscope.units.look import asked_for, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parent / "pictures"
MOST = 300_000
"""Bytes of one file."""

DEPTHS = ("neck", "stage1.2", "stage2.2", "stage3.0", "stage3.2", "pool")


@dataclass(frozen=True)
class Subject:
    """A network, and images that it has not seen."""

    network: Network
    data: DataSet
    units: tuple[int, ...]

    def few(self, count: int) -> torch.Tensor:
        """Images of as many classes, as the network takes them."""
        chosen = self.data.balanced(count, seed=1)
        return self.network.preprocess([chosen.image(i) for i in range(count)])


def subjects() -> dict[str, Callable[[], Subject]]:
    """By name."""
    return {
        "digits": lambda: Subject(
            load_network("repscope:resnet20-digits"), load_data("digits").partition("validation"), (0, 1, 2, 3)
        ),
        "glyphs": lambda: Subject(
            load_network("repscope:resnet20-glyphs-augmented"),
            load_data("glyphs", per_class=150).partition("validation"),
            (0, 1, 2, 3),
        ),
        "scenes": lambda: Subject(
            load_network("repscope:resnet20-scenes"),
            load_data("scenes", per_class=60, seed=1).partition("validation"),
            (0, 1, 2, 3),
        ),
    }


def looked(layer: str) -> Callable[[Subject], "Figure"]:
    """Some units of a layer: patches, optimised pictures, all attributions."""

    def draw(one: Subject) -> "Figure":
        asked = asked_for(one.network, one.data, [layer], list(one.units))
        return look(one.network, one.data, asked, side=64, checked=0).layers[0].plot()

    return draw


def directions(one: Subject) -> "Figure":
    """The patches of units, and of directions at random, of a late layer."""
    layer, count, wide = "stage3.1", 4, 9
    units = top_patches(one.network, one.data, layer, wide)
    width = len(units[layer].rows)
    drawn = top_patches(one.network, one.data, layer, wide, directions={layer: random_directions(count, width)})
    rows = [list(units.pictures(layer, i)) for i in range(count)] + [
        list(drawn.pictures(layer, i)) for i in range(count)
    ]
    return picture_grid(
        rows, names=[f"unit {i}" for i in range(count)] + [f"direction\nat random {i}" for i in range(count)]
    )


def retrieved(one: Subject) -> "Figure":
    """Images, and what the layers find first for them."""
    from tempfile import TemporaryDirectory

    from repscope.transfer import search_layers

    chosen, most = ["input", "stage2.2", "stage3.1"], 5
    with TemporaryDirectory() as folder:
        found = search_layers(
            one.network, one.data, folder, layers=chosen, samples=200, sizes=(), keep=most, partition="all"
        )
        small = found.queries.thumbnails()
    rows = []
    for query in (3, 57, 111, 165):
        row = [small[query]]
        for line in found.layers:
            row += [None, *(small[hit] for hit in line.found.first[query].tolist())]
        rows.append(row)
    heads = ["query"]
    for line in found.layers:
        heads += ["", f"{line.layer}\nmAP {100 * line.found.map:.0f} %", *[""] * (most - 1)]
    return picture_grid(rows, heads, side=0.6)


def compact(one: Subject) -> "Figure":
    """Mean average precision against the number of dimensions, of SPoC descriptors, whitened as the training images say."""
    from tempfile import TemporaryDirectory

    from matplotlib.figure import Figure

    from repscope.transfer import search_layers

    with TemporaryDirectory() as folder:
        found = search_layers(
            one.network, load_data("glyphs", per_class=150), folder, layers=["stage2.2", "stage3.0", "stage3.1", "stage3.2"],
            descriptors=["spoc"], samples=300, sizes=(2, 4, 8, 16, 32, 64), partition="validation",
        )  # fmt: skip
    figure = Figure(figsize=(5.5, 3.2), layout="constrained")
    axes = figure.subplots()
    for line in found.layers:
        sizes = list(line.by_dimension)
        values = [line.by_dimension[size].score for size in sizes]
        axes.plot(sizes, [score.value for score in values], marker=".", label=line.layer)
        axes.fill_between(sizes, *zip(*(score.interval for score in values), strict=True), alpha=0.2)
    axes.axhline(values[0].null or 0.0, linestyle="--", color="grey", linewidth=1)
    axes.set(xscale="log", xlabel="dimensions, whitened", ylabel="mean average precision", ylim=(0, 1))
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.legend(frameon=False)
    return figure


def transferred(_one: Subject) -> "Figure":
    """What each layer of two networks is worth for letters that they have never seen, described and classified as is best for it: as the
    README's ``repscope transfer`` has it."""
    from tempfile import TemporaryDirectory

    from matplotlib.figure import Figure

    from repscope.data import save_folder
    from repscope.transfer import select_features

    names, letters = ("repscope:resnet20-glyphs", "repscope:resnet20-glyphs-augmented"), "OQCGDUVYXZ"
    with TemporaryDirectory() as folder:
        save_folder(load_data("glyphs", classes=letters, per_class=100, seed=1), f"{folder}/photos")
        networks = {name: load_network(name) for name in names}
        found = select_features(networks, load_data(f"folder:{folder}/photos"), f"{folder}/transfer")
    figure = Figure(figsize=(7.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for name in names:
        best: dict[str, Any] = {}
        for row in found.rows():
            if row["network"] == name:  # the best first
                best.setdefault(row["layer"], row)
        layers = ["input", *(layer for layer, _ in networks[name].module.named_modules() if layer in best)]
        axes.plot(layers, [best[layer]["score"] for layer in layers], marker=".", label=name)
        axes.fill_between(layers, *([best[layer][end] for layer in layers] for end in ("low", "high")), alpha=0.2)
    axes.axhline(1 / len(letters), linestyle="--", color="grey", linewidth=1)
    axes.set(ylabel="accuracy", ylim=(0, 1))
    axes.tick_params("x", rotation=40)
    axes.legend(frameon=False)
    return figure


def classes(one: Subject) -> "Figure":
    """The picture of each class, of the network and of its twin of random weights."""
    looks, colours = Appearance.of(one.network), Colours.of(one.network, one.data)
    names = one.network.class_names or one.data.class_names
    twin = load_network(one.network.name, weights="random")
    rows = []
    for module in (one.network.module, twin.module):
        made = maximize(
            module, list(range(len(names))), size=one.network.input_shape, looks=looks, colours=colours, restarts=2
        )
        rows.append(list(looks.pictures(made.best)))
    return picture_grid(rows, names, ["as trained", "random\nweights"])


def inverted(one: Subject) -> "Figure":
    """Images, and what is had back from each depth."""
    images, looks = one.few(4), Appearance.of(one.network)
    colours = Colours.of(one.network, one.data)
    columns = [looks.pictures(images)]
    heads = ["image"]
    for layer in DEPTHS:
        found = invert(one.network.module, layer, images, colours=colours, looks=looks)
        columns.append(looks.pictures(found.best))
        heads.append(f"{layer}\n{found.psnr.max(1).mean():.0f} dB")
    return picture_grid([list(row) for row in zip(*columns, strict=True)], heads)


def attacked(one: Subject) -> "Figure":
    """Images, and what is named otherwise; changes ten times as strong."""
    images, looks = one.few(4), Appearance.of(one.network)
    bounds = (looks.low, looks.high)
    names = one.network.class_names or one.data.class_names
    with torch.no_grad():
        named = one.network.module(images).argmax(1)
    nearest = deepfool(one.network.module, images, named, bounds=bounds)
    ways = {
        "DeepFool": nearest,
        "minimal": minimal_perturbation(one.network.module, images, nearest.after, bounds=bounds),
        "FGSM": fgsm(one.network.module, images, named, 0.1, bounds=bounds),
    }
    rows = []
    for i in range(len(images)):
        row = [looks.pictures(images[i : i + 1])[0]]
        for found in ways.values():
            change = looks.brightness(found.images[i : i + 1]) - looks.brightness(images[i : i + 1])
            row += [
                looks.pictures(found.images[i : i + 1])[0],
                looks.pictures(looks.values((0.5 + 10 * change).clamp(0, 1)))[0],
            ]
        rows.append(row)
    heads = ["image", *(head for way in ways for head in (way, "change × 10"))]
    beside = [f"{names[a]}, then\n{names[b]}" for a, b in zip(nearest.before, nearest.after, strict=True)]
    return picture_grid(rows, heads, beside)


def patterns(one: Subject) -> "Figure":
    """Patterns evolved for each class, and how sure the network is."""
    looks = Appearance.of(one.network)
    names = one.network.class_names or one.data.class_names
    found = fool(one.network.module, list(range(len(names))), one.network.input_shape, looks=looks)
    heads = [f"{name}\n{100 * sure:.0f} %" for name, sure in zip(names, found.confidence, strict=True)]
    return picture_grid([list(looks.pictures(found.images))], heads)


def dreamt(one: Subject) -> "Figure":
    """Images, in which layers find more of what they find."""
    images, looks = one.few(4), Appearance.of(one.network)
    layers = DEPTHS[1:5]
    columns = [looks.pictures(images)]
    columns += [looks.pictures(dream(one.network.module, images, layer, octaves=1, looks=looks)) for layer in layers]
    return picture_grid([list(row) for row in zip(*columns, strict=True)], ["image", *layers])


def detected(_one: Subject) -> "Figure":
    """What the units of the scenes' network detect."""
    from repscope.data.concepts import load_concepts

    concepts = load_concepts("scenes", per_class=60, seed=1)
    network = load_network("repscope:resnet20-scenes")
    return dissect_network(network, concepts, "stage3.2", permutations=199)["stage3.2"].plot(rate=0.05)


DRAWN: dict[str, Callable[[Subject], "Figure"]] = {
    "units-stage1": looked("stage1.2"), "units-stage2": looked("stage2.2"), "units-stage3": looked("stage3.2"), "classes": classes,
    "inverted": inverted, "attacked": attacked, "patterns": patterns, "dreams": dreamt,
}  # fmt: skip

DRAWN_OF: dict[str, dict[str, Callable[[Subject], "Figure"]]] = {
    "digits": DRAWN,
    "glyphs": DRAWN
    | {"directions": directions, "retrieved": retrieved, "compact": compact, "transferred": transferred},
    "scenes": DRAWN | {"detectors": detected},  # which needs images whose pixels are known
}


def keep(figure: "Figure", name: str) -> Path:
    """Write a figure, small enough for a page."""
    FOLDER.mkdir(exist_ok=True)
    for quality in (85, 60, 40):
        written = io.BytesIO()
        options: dict[str, Any] = {"quality": quality}
        figure.savefig(written, format="webp", dpi=130, pil_kwargs=options)
        if len(written.getvalue()) <= MOST:
            break
    else:
        raise SystemExit(f"{name} has {len(written.getvalue()):,} bytes; expected {MOST:,} at most")
    path = FOLDER / f"{name}.webp"
    path.write_bytes(written.getvalue())
    return path


def main() -> None:
    known = subjects()
    all_drawn = dict.fromkeys(what for ways in DRAWN_OF.values() for what in ways)
    said = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    said.add_argument("names", nargs="*", metavar="NETWORK", help=f"{', '.join(known)}; all by default")
    said.add_argument("--only", metavar="WHAT", action="append", help=f"{', '.join(all_drawn)}; all by default")
    given = said.parse_args()
    odd = sorted(set(given.names) - set(known)) + sorted(set(given.only or ()) - set(all_drawn))
    if odd:
        said.error(f"there is no {', '.join(odd)}; known: {', '.join(known)}; {', '.join(all_drawn)}")
    for name in given.names or known:
        subject = known[name]()
        ways = DRAWN_OF[name]
        for what, draw in ways.items():
            if given.only and what not in given.only:
                continue
            begun = time.perf_counter()
            path = keep(draw(subject), f"{name}-{what}")
            print(f"{path.name}: {path.stat().st_size:,} bytes, {time.perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
