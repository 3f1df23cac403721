"""Tasks in this process, one after the other; each may use all cores."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, final

from repscope.core.engines._engine import Engine, Needs


@final
class Local(Engine):
    """Tasks in this process, one after the other."""

    here: ClassVar[bool] = True

    def run(
        self,
        work: Callable[..., Any],
        items: Sequence[Any],
        *,
        folder: Path,
        prepare: Callable[[], Any] | None = None,
        needs: Needs = Needs(),
        done: Callable[[int], object] = lambda number: None,
    ) -> Iterator[Any]:
        """Call `work` for every item."""
        state = () if prepare is None else (prepare(),)
        for number, item in enumerate(items):
            result = work(*state, item)
            done(number)
            yield result
