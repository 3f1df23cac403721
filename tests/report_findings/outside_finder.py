"""A finder as another package would define it."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings import Evidence, Finding, RunFinder


@final
class Loud(RunFinder):
    kind: ClassVar[str] = "loud"
    title: ClassVar[str] = "Said from outside"
    criterion: ClassVar[str] = "Always."
    order: ClassVar[int] = 1

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        return (self.say("a package outside says this", evidence.layers[:1], evidence.main, {}),)


finder = Loud()
