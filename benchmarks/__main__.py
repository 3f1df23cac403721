"""Run the benchmarks named on the command line, or all."""

import importlib
import pkgutil
import sys

import benchmarks

names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
chosen = sys.argv[1:] or names
for name in chosen:
    if name not in names:
        sys.exit(f"there is no benchmark {name!r}; there are: {', '.join(names)}")
    print(f"\n## {name}\n", flush=True)
    importlib.import_module(f"benchmarks.{name}").main()
