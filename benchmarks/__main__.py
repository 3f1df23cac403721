"""Run the benchmarks named on the command line, or all."""

import importlib
import os
import pkgutil
import sys
from dataclasses import replace

import benchmarks
from benchmarks._options import parse
from benchmarks._results import kept


def main() -> None:
    options = parse(sys.argv[1:])
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # or processor time counts the waiting of threads
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
    for name in options.names:
        if name not in names:
            sys.exit(f"there is no benchmark {name!r}; there are: {', '.join(names)}")
    with options.working_folder() as folder:  # shared, so that activations are recorded once
        here = replace(options, folder=folder)
        for name in options.names or names:
            with kept(name, options.keep):
                print(f"\n## {name}\n", flush=True)
                importlib.import_module(f"benchmarks.{name}").main(here)


if __name__ == "__main__":  # the engines' processes import this file as well
    main()
