"""Best window: pooling a layer's maps brings samples of one class together."""

from collections.abc import Sequence
from typing import ClassVar, final

from repscope.report.findings._contract import RunFinder
from repscope.report.findings._evidence import Evidence
from repscope.report.findings._finding import Finding
from repscope.report.findings._scaled import PLAIN, classes_over_scales, scales_of, variants
from repscope.report.findings._words import part, share

MOST = 4
"""So many layers are named with their windows."""


@final
class BestWindow(RunFinder):
    """Finds the layers whose NNCS is higher when their maps are pooled, and with which window most."""

    kind: ClassVar[str] = "best_window"
    title: ClassVar[str] = "The best window"
    criterion: ClassVar[str] = (
        "NNCS of a layer with its maps pooled is above that without, beyond the 99.9 % interval of their difference over all "
        "layers, windows and kinds of pooling."
    )
    order: ClassVar[int] = 81

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """One finding with the windows of all layers that gain."""
        if not scales_of(evidence.run):
            return ()
        curves = {layer: classes_over_scales(evidence, layer) for layer in evidence.layers}
        known = {layer: curve for layer, curve in curves.items() if curve is not None and PLAIN in curve.layers}
        looks = sum(len(curve.layers) - 1 for curve in known.values())
        gains: dict[str, tuple[float, str, float, float]] = {}
        for layer, curve in known.items():
            names = [name for name in curve.layers if name != PLAIN]
            if not names:
                continue
            best = max(names, key=curve.value)
            if curve.rise(PLAIN, best).exceeds(0.0, looks):
                before, after = curve.value(PLAIN), curve.value(best)
                gains[layer] = (after - before, best, before, after)
        if not gains:
            return ()
        top = max(gains, key=lambda layer: gains[layer][0])
        _, name, before, after = gains[top]
        windows = [f"{layer} {self._window(evidence, layer, gains[layer][1])}" for layer in gains]
        more = f" and {len(windows) - MOST} more" if len(windows) > MOST else ""
        sentence = (
            f"pooled, {len(gains)} of {len(known)} layers hold the classes better apart in {part(evidence.main)}, most of all {top}: NNCS "
            f"{share(before)} → {share(after)} with {self._window(evidence, top, name)}; best by layer: {', '.join(windows[:MOST])}{more}"
        )
        numbers = {"before": before, "after": after, "layers": float(len(gains))}
        return (
            self.say(
                sentence, tuple(gains), evidence.main, numbers, brief=f"{share(before)} → {share(after)} at {top}"
            ),
        )

    @staticmethod
    def _window(evidence: Evidence, layer: str, name: str) -> str:
        pooling, scale = next(way for way, kept in variants(evidence, layer).items() if kept == name)
        return f"global {pooling}" if name.endswith("global") else f"{pooling} {scale} × {scale}"


finder = BestWindow()
