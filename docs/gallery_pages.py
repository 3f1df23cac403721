"""The gallery: every script in `examples` is run in a folder of its own, and becomes a page of text, picture and code.

    examples/NAME.py ──► docs/generated/gallery/NAME.png, NAME.rst

A script begins with a docstring whose first line is its title, and saves one picture to the file that it is told.
"""

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
PAGES = Path(__file__).parent / "generated" / "gallery"
SECONDS = 300
"""After which a script is given up."""


def scripts(folder: Path = EXAMPLES) -> list[Path]:
    """The examples, in the order of the gallery."""
    return sorted(folder.glob("*.py"))


def run(script: Path, picture: Path) -> None:
    """Have a script draw its picture, with warnings as errors, in a temporary folder."""
    # beside other work several threads that wait for each other take ten times as long as one
    environment = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", str(script.resolve()), str(picture.resolve())]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    if done.returncode:
        raise RuntimeError(f"{script.name} ended with {done.returncode}; mend the example:\n{done.stderr[-3000:]}")
    if not picture.is_file():
        raise RuntimeError(f"{script.name} drew no picture; it must save one to the file given as its first argument")


def page(script: Path) -> str:
    """The page of a script, in reStructuredText."""
    source = script.read_text(encoding="utf8")
    said = ast.get_docstring(ast.parse(source))
    if not said or "\n\n" not in said:
        raise RuntimeError(f"{script.name} has no docstring with a title and a text; begin it with both")
    title, text = said.split("\n\n", 1)
    code = source.split('"""', 2)[2].strip("\n")
    indented = "\n".join(f"   {line}".rstrip() for line in code.splitlines())
    return (
        f"{title}\n{'=' * len(title)}\n\n{text}\n\n.. image:: {script.stem}.png\n   :alt: {title}\n\n"
        f"``examples/{script.name}``:\n\n.. code-block:: python\n\n{indented}\n"
    )


def build(pages: Path = PAGES, folder: Path = EXAMPLES) -> None:
    """Run all scripts and write their pages; those of scripts that are gone are removed."""
    pages.mkdir(parents=True, exist_ok=True)
    kept = {script.stem for script in scripts(folder)}
    for old in pages.iterdir():
        if old.stem not in kept:
            old.unlink()
    for script in scripts(folder):
        run(script, pages / f"{script.stem}.png")
        text, file = page(script), pages / f"{script.stem}.rst"
        if not file.exists() or file.read_text(encoding="utf8") != text:  # Sphinx reads again what is newer
            file.write_text(text, encoding="utf8")
