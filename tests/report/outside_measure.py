"""What another package would add: a measure, a panel with a drawing of its own, and things that do not work."""

from typing import Any, ClassVar, final

from repscope.measures import LayerMeasure, LayerView, Score
from repscope.report import Drawn, Panel, Text
from repscope.studies import Run


@final
class OutsideMeasure(LayerMeasure):
    name: ClassVar[str] = "outside_measure"
    title: ClassVar[str] = "A measure from outside"
    symbol: ClassVar[str] = "OUT"
    summary: ClassVar[str] = "High means far out."
    needs: ClassVar[frozenset[str]] = frozenset({"graph"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    invariant_to: ClassVar[frozenset[str]] = frozenset()
    reference: ClassVar[str] = "Outsider (2026)"

    def score(self, layer: LayerView) -> Score:
        return Score(self.name, 0.5, (0.4, 0.6), "exact")


@final
class OutsidePanel(Panel):
    title: ClassVar[str] = "A panel from outside"
    lead: ClassVar[str] = "It brings a drawing of its own."
    order: ClassVar[int] = 45
    script: ClassVar[str] = 'R.drawn.outside = (data) => R.el("p", { class: "outside" }, `drawn: ${data.word}`);'

    def blocks(self, run: Run) -> list[Any]:
        return [Text(f"About {run.title}."), Drawn("outside", {"word": "<b>hello</b>"})]


@final
class UnsafePanel(Panel):
    title: ClassVar[str] = "Unsafe"
    lead: ClassVar[str] = ""
    order: ClassVar[int] = 99
    script: ClassVar[str] = "document.title = '</script><b>';"

    def blocks(self, run: Run) -> list[Any]:
        return [Text("nothing")]


measure = OutsideMeasure()
panel = OutsidePanel()
unsafe = UnsafePanel()
