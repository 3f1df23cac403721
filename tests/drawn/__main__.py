"""Draw cases for a time, or one of them again: see the map in `__init__`."""

import argparse
import itertools
import sys
from collections import Counter

from tests.drawn.session import checks, run_seed, run_seeds, table


def main() -> int:
    """Exit code 1 if there is a finding."""
    parser = argparse.ArgumentParser(prog="python -m tests.drawn", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one case, and say what it did")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to draw (default: 1)")
    parser.add_argument("--start", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--check", choices=list(checks()), help="cases of this check alone")
    given = parser.parse_args()
    if given.seed is not None:
        counts: Counter[str] = Counter()
        told: list[str] = []
        finding = run_seed(given.seed, counts, told)
        print(*told, *table(counts), finding or "as it should be", sep="\n")
        return int(finding is not None)
    step = len(checks()) if given.check else 1
    first = given.start + (list(checks()).index(given.check) - given.start) % step if given.check else given.start
    counts, findings = run_seeds(itertools.count(first, step), given.minutes)
    print(*table(counts), sep="\n")
    print(f"{len(findings)} findings" + "".join(f"\n{finding}" for finding in findings))
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
