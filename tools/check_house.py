"""What the house promises and no other tool checks: folder maps that are true, and a light import.

* Every folder's `__init__` docstring names every file and folder in it, and nothing that is not there.
* `import repscope` takes under 0.3 s and loads no heavy package.
"""

import ast
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "repscope"
HEAVY = ("torch", "numpy", "matplotlib", "sklearn", "scipy", "typer", "rich", "PIL")
LIMIT = 0.3


def folder_maps() -> list[str]:
    """Complaints about folders whose docstring does not show what is in them."""
    complaints = []
    for init in sorted(SOURCE.rglob("__init__.py")):
        folder = init.parent
        text = ast.get_docstring(ast.parse(init.read_text(encoding="utf8"))) or ""
        words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))
        inside = {p.stem for p in folder.glob("*.py") if p.stem != "__init__"}
        inside |= {p.name for p in folder.iterdir() if p.is_dir() and p.name != "__pycache__"}
        inside -= {"_version"}
        missing = sorted(inside - words)
        if missing:
            complaints.append(f"{init.relative_to(SOURCE.parent)}: its map does not name {', '.join(missing)}")
        named = {
            w
            for line in text.splitlines()
            if (m := re.match(r" {0,4}(_?[a-z0-9_]+)/?( {2,}|, )", line))
            for w in [m[1]]
        }
        gone = sorted(w for w in named if w not in inside and w.startswith("_"))
        if gone:
            complaints.append(
                f"{init.relative_to(SOURCE.parent)}: its map names {', '.join(gone)}, which are not there"
            )
    return complaints


def light_import() -> list[str]:
    """Complaints about what `import repscope` costs."""
    listing = f"import sys, repscope; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout.strip()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import repscope"], check=True)
        times.append(time.perf_counter() - start)
    middle = statistics.median(times)
    print(f"import repscope: {middle:.3f} s with the interpreter's start (at most {LIMIT})")
    complaints = [] if loaded == "[]" else [f"import repscope loads {loaded}"]
    return complaints + ([f"import repscope takes {middle:.2f} s; at most {LIMIT}"] if middle > LIMIT else [])


def main() -> None:
    """Print all complaints; exit 1 if there are any."""
    complaints = folder_maps() + light_import()
    for complaint in complaints:
        print(complaint)
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
