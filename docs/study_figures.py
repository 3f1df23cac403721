"""Run studies on their defaults and keep the figures that their pages show.

    python docs/study_figures.py [NAME …] --out FOLDER

    study NAME ──► FOLDER/NAME: tables, figures, steps ──► docs/studies/figures/NAME-FIGURE.svg

Give the same command again to go on where it was interrupted. The studies that train networks take longest.
"""

import argparse
import time
from pathlib import Path

from repscope.studies import STUDIES

PAGES = Path(__file__).parent / "studies" / "figures"
MOST = 300_000
"""Bytes of one figure."""

SHOWN: dict[str, tuple[str, ...]] = {
    "ab": ("class_similarity", "diagonals_validation"),
    "dimension": ("over_n", "known"),
    "dynamics": ("class_similarity", "kept_film"),
    "graphs": ("class_similarity", "without_neighbors"),
    "grounding": ("tests",),
    "interchange": ("change",),
    "internals": ("change_of_intrinsic_dimension", "change_of_class_similarity"),
    "map": ("kept",),
    "noise": ("intrinsic_dimension", "class_similarity"),
    "pairs": ("kept", "classes"),
    "sampling": ("dimension", "class_similarity_over_k"),
    "units": ("coherence", "detectors"),
    "verification": ("accuracy",),
}
"""The figures of each study that its page shows."""


def keep(name: str, folder: Path, pages: Path = PAGES) -> None:
    """Copy the figures that a study wrote into its folder."""
    pages.mkdir(parents=True, exist_ok=True)
    for figure in SHOWN[name]:
        drawn = (folder / "figures" / f"{figure}.svg").read_bytes()
        if len(drawn) > MOST:
            raise SystemExit(f"{figure}.svg of the study {name!r} has {len(drawn):,} bytes; expected {MOST:,} at most")
        (pages / f"{name}-{figure}.svg").write_bytes(drawn)


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
        result = STUDIES[name].run(given.out / name, say=print)
        keep(name, given.out / name)
        print(f"\n{result}\n\n{name}: {time.perf_counter() - begun:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
