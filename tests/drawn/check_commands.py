"""Command lines in this process: done, or one sentence; what was given stays as it was."""

import contextlib
import hashlib
import io
import json as json_module
from collections import Counter
from pathlib import Path

from repscope.cli import main
from tests.drawn.commands import draw_commands
from tests.drawn.session import Difference, Draw

UNEXPECTED = "does not expect this error"


def run(words: list[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([*words])
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    return code, out.getvalue(), err.getvalue()


def contents(folder: Path) -> Counter[tuple[str, str]]:
    """Every file's digest."""
    return Counter(
        (str(f.relative_to(folder)), hashlib.sha256(f.read_bytes()).hexdigest())
        for f in sorted(folder.rglob("*")) if f.is_file()
    )  # fmt: skip


def commands(draw: Draw) -> None:
    """A few commands one after the other."""
    lines = draw_commands(draw)
    given = contents(draw.folder)
    for words in lines:
        draw.tell("$ repscope " + " ".join(words))
        code, out, err = run(words)
        name = " ".join(words[:2]) if words[0] == "bridge" else words[0]
        draw.counts[f"{name}: exit {code}"] += 1
        last = err.strip().splitlines()[-1:] or [""]
        if code not in (0, 1, 2):
            raise Difference(f"exit code {code}: {last[0]}")
        if "Traceback" in err + out or UNEXPECTED in err:
            raise Difference(f"no sentence: {err.strip()[-1500:]}")
        if code == 1:
            draw.true(
                "a sentence",
                last[0].startswith("repscope: ") and len(last[0]) > 25,
                f"standard error ends in {last[0]!r}",
            )
        if code == 0 and "--json" in words:
            try:
                json_module.loads(out)
            except ValueError as error:
                raise Difference(f"what --json prints is not JSON: {error}; {out[:300]!r}") from error
        draw.true("given files as they were", not given - contents(draw.folder), "a file that was given has changed")
