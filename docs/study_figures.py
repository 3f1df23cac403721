"""Run studies as their pages say and keep the figures that these show.

    python docs/study_figures.py [NAME …] --out FOLDER

    study NAME ──► FOLDER/NAME: tables, figures, steps ──► docs/studies/figures/NAME-FIGURE.svg, of some NAME-strips.webp

Give the same command again to go on where it was interrupted. The studies that train networks take longest.
"""

import argparse
import base64
import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from repscope.studies import STUDIES, StudyResult
from repscope.units import picture_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGES = Path(__file__).parent / "studies" / "figures"
MOST = 300_000
"""Bytes of one figure."""

SHOWN: dict[str, tuple[str, ...]] = {
    "ab": ("class_similarity", "diagonals_validation"),
    "advice": ("accuracy",),
    "attention": ("cost",),
    "augmentation": ("kept_translate", "class_similarity"),
    "brains": ("predictivity", "readout"),
    "classes": ("class_similarity",),
    "dimension": ("over_n", "known"),
    "dynamics": ("class_similarity", "kept_film"),
    "emergence": ("detectors",),
    "fine_tuning": ("likeness", "precision"),
    "fooling": ("fooled",),
    "graphs": ("class_similarity", "without_neighbors"),
    "grounding": ("tests",),
    "interchange": ("change",),
    "internals": ("change_of_intrinsic_dimension", "change_of_class_similarity"),
    "map": ("kept",),
    "noise": ("intrinsic_dimension", "class_similarity"),
    "pairs": ("kept", "classes"),
    "random_labels": ("accuracy", "taught_classes"),
    "sampling": ("dimension", "class_similarity_over_k"),
    "transferability": ("accuracy",),
    "units": ("coherence", "detectors"),
    "verification": ("accuracy",),
}
"""The figures of each study that its page, or that of the lecture, shows once it was run."""

TEN = {"recipe": {"epochs": 10, "batch": 32, "precision": "bfloat16"}}
SCENES = {"concepts": "scenes", "concept_settings": {"per_class": 40}}
SETTINGS: dict[str, dict[str, Any]] = {
    "advice": TEN,
    "attention": TEN,
    "augmentation": {"recipe": TEN["recipe"] | {"epochs": 24}},
    "fine_tuning": SCENES
    | TEN
    | {"further": {"epochs": 5, "batch": 32, "learning_rate": 0.01, "precision": "bfloat16"}},
    "fooling": TEN,
    "random_labels": SCENES | {"recipe": TEN["recipe"] | {"epochs": 60}},
    "transferability": TEN,
}
"""Those of a page that are not the study's defaults."""

STRIPS = ("fine_tuning",)
"""Studies whose first strips of pictures are shown as well."""
ROWS = 8


def keep(name: str, folder: Path, pages: Path = PAGES) -> None:
    """Copy the figures that a study wrote into its folder."""
    pages.mkdir(parents=True, exist_ok=True)
    for figure in SHOWN[name]:
        drawn = (folder / "figures" / f"{figure}.svg").read_bytes()
        if len(drawn) > MOST:
            raise SystemExit(f"{figure}.svg of the study {name!r} has {len(drawn):,} bytes; expected {MOST:,} at most")
        (pages / f"{name}-{figure}.svg").write_bytes(drawn)
    if name in STRIPS:
        result = StudyResult.kept(folder)
        assert result is not None  # it has just been done
        strips(result.drawings[0][2]).savefig(pages / f"{name}-strips.webp", format="webp", dpi=130)


def strips(drawing: Mapping[str, Any]) -> "Figure":
    """The first rows of pictures that the study's page lets one look through."""
    sheet = drawing["sheet"]
    whole = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet["data"]))).convert("RGB"))

    def picture(at: int) -> Any:
        top, left = (sheet["cell"] * place for place in divmod(at, sheet["columns"]))
        return whole[top : top + sheet["side"], left : left + sheet["side"]]

    rows = drawing["rows"][:ROWS]
    return picture_grid(
        [[picture(tile["at"]) for tile in row["tiles"]] for row in rows], names=[row["name"] for row in rows]
    )


def main() -> None:
    said = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    said.add_argument("names", nargs="*", metavar="NAME", help="studies; all by default")
    said.add_argument("--out", type=Path, required=True, help="a folder for the studies' folders")
    given = said.parse_args()
    odd = sorted(set(given.names) - set(SHOWN))
    if odd:
        said.error(f"there is no figure of {', '.join(odd)}; known: {', '.join(SHOWN)}")
    for name in given.names or SHOWN:
        begun = time.perf_counter()
        result = STUDIES[name].with_settings(SETTINGS.get(name, {})).run(given.out / name, say=print)
        keep(name, given.out / name)
        print(f"\n{result}\n\n{name}: {time.perf_counter() - begun:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
