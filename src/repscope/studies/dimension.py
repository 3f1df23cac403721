"""Dimension: how far can the estimate of intrinsic dimension be trusted here?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.measures import Score
from repscope.measures._saturation import expected_reading
from repscope.measures.intrinsic_dimension import intrinsic_dimension
from repscope.neighbors import NeighborGraph, neighbor_graph, suggest_k
from repscope.studies._one_network import OneNetwork
from repscope.studies._published import THESIS
from repscope.studies._result import StudyFigure, StudyResult, StudyTable
from repscope.studies._study import Workspace
from repscope.studies._subjects import analyzed, sizes_of, subset, subset_graph
from repscope.studies._table import ScoreRow, ScoreTable

Sampler = Callable[[np.random.Generator, int, int], Float[np.ndarray, "n d"]]


@final
@dataclass(frozen=True)
class Dimension(OneNetwork):
    """The estimate over samples and scales, and what it reads from spaces of known dimension.

    Settings beside those of `OneNetwork`:

    Parameters
    ----------
    partition : str
        Of the data.
    layers : tuple of str
        Glob patterns; the input and all blocks by default.
    sizes : tuple of int
        Numbers of samples; all there are, a half, a quarter and an eighth by default.
    known : tuple of int
        Dimensions of the simulated spaces.
    draws : int
        How often each of these is drawn.
    seed : int
        Of subsets and draws.
    """

    title: ClassVar[str] = "How far the dimension can be trusted"
    summary: ClassVar[str] = (
        "The intrinsic dimension of every layer over the number of samples and over the scale, beside what the same "
        "estimator reads, with as many samples, from spaces whose dimension is known."
    )
    reference: ClassVar[str] = f"{THESIS}, section 5.1; F. Denti et al., Sci. Rep. 12 (2022), for the scale"

    partition: str = "train"
    layers: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    known: tuple[int, ...] = (2, 5, 10, 20, 40, 70)
    draws: int = 3
    seed: int = 0

    def check(self) -> None:
        """Refuse dimensions below one."""
        if not self.known or min(self.known) < 1 or self.draws < 1:
            raise BadInput(
                f"known = {list(self.known)}, draws = {self.draws}; expected dimensions and draws of 1 or more"
            )

    def conduct(self, space: Workspace) -> StudyResult:
        """Graphs of subsets and of simulated points, and what is read from them."""
        data = self.opened_data()
        part = data.partition(self.partition)
        sizes = sizes_of(self.sizes, part)
        run = analyzed(
            space, "all", self.opened_network(), data, self.layers, partitions=[self.partition],
            samples=max(sizes) if max(sizes) < len(part) else None, until="recording", seed=self.seed,
        )  # fmt: skip
        recording, last = run.recording(), max(sizes)
        k = max(8, suggest_k(last, len(recording.class_names)))
        orders = [2**i for i in range(int(np.log2(k / 2)) + 1)]
        over_n: dict[int, list[Any]] = {}
        for n in sizes:
            rows = subset(recording, n, self.seed)
            space.say(f"{n} samples")

            def measured(n: int = n, rows: Any = rows) -> Any:
                graphs = [subset_graph(space, recording, layer, rows, min(k, n - 1)) for layer in run.layers]
                return [_reading(graph) for graph in graphs]

            over_n[n] = space.kept(f"n{n}", measured)
        rows = subset(recording, last, self.seed)

        def scales() -> Any:
            graphs = [subset_graph(space, recording, layer, rows, k) for layer in run.layers]
            return [[_reading(graph, order) for order in orders] for graph in graphs]

        over_scale = space.kept("scales", scales)
        space.say(f"simulated spaces of {', '.join(map(str, self.known))} dimensions")
        simulated = space.kept("simulated", lambda: self._simulated(last))
        return self._result(run.layers, sizes, over_n, orders, over_scale, simulated)

    def _simulated(self, n: int) -> dict[str, list[list[float]]]:
        found: dict[str, list[list[float]]] = {}
        for name, sampler in SPACES.items():
            found[name] = []
            for d in self.known:
                generator = np.random.default_rng((self.seed, d))
                readings = [
                    intrinsic_dimension(neighbor_graph(sampler(generator, n, d), 2)).value for _ in range(self.draws)
                ]
                found[name].append(readings)
        return found

    def _result(
        self,
        layers: Sequence[str],
        sizes: Sequence[int],
        over_n: dict[int, Any],
        orders: Sequence[int],
        over_scale: Any,
        simulated: dict[str, list[list[float]]],
    ) -> StudyResult:
        last = max(sizes)
        by_n = [
            ScoreRow(f"n = {n:,}", layer, None, Score.from_dict(score))
            for n in sizes
            for layer, score in zip(layers, over_n[n], strict=True)
        ]
        by_scale = [
            ScoreRow(f"order {order}", layer, None, Score.from_dict(score))
            for i, order in enumerate(orders)
            for layer, score in zip(layers, [scores[i] for scores in over_scale], strict=True)
        ]
        known_rows = [
            ScoreRow(name, str(d), None, _mean_of(readings))
            for name, all_readings in simulated.items()
            for d, readings in zip(self.known, all_readings, strict=True)
        ]
        figures = (
            StudyFigure(
                "over_n", "Dimension over n", "TwoNN, one curve for each number of samples.", ScoreTable(tuple(by_n))
            ),
            StudyFigure(
                "over_scale",
                f"Dimension over scale, n = {last:,}",
                "Gride: from the ratio of the 2k-th to the k-th neighbour's distance, k being the order; higher orders look farther.",
                ScoreTable(tuple(by_scale)),
            ),
            StudyFigure(
                "known",
                f"What is read from known dimensions, n = {last:,}",
                "Over the true dimension; the readings of a faithful estimator would be equal to it.",
                ScoreTable(tuple(known_rows)),
                axis="true dimension",
            ),
        )
        tables = (
            StudyTable(
                "known",
                f"Readings of known dimensions at n = {last:,}",
                ("true dimension", *simulated, "gaussian, by formula"),
                tuple(
                    (d, *(float(np.mean(readings[i])) for readings in simulated.values()), expected_reading(d, last))
                    for i, d in enumerate(self.known)
                ),
            ),
        )
        sentences = (
            _trusted(layers, over_n[last], last),
            _over_n(layers, sizes, over_n),
            _over_scale(layers, orders, over_scale),
        )
        return StudyResult(self.title, self.summary, tuple(s for s in sentences if s), figures, tables)


def _gaussian(generator: np.random.Generator, n: int, d: int) -> Float[np.ndarray, "n d"]:
    return generator.normal(size=(n, d))


def _cube(generator: np.random.Generator, n: int, d: int) -> Float[np.ndarray, "n d"]:
    return generator.random((n, d))


def _sphere(generator: np.random.Generator, n: int, d: int) -> Float[np.ndarray, "n d"]:
    """The surface of a ball in d + 1 dimensions."""
    points = generator.normal(size=(n, d + 1))
    surface: Float[np.ndarray, "n d"] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return surface


SPACES: dict[str, Sampler] = {"gaussian": _gaussian, "cube": _cube, "sphere": _sphere}


def _reading(graph: NeighborGraph, order: int = 1) -> dict[str, Any]:
    try:
        score = intrinsic_dimension(graph) if order == 1 else intrinsic_dimension(graph, "gride", order=order)
    except BadInput as error:
        score = Score.refused("intrinsic_dimension", error)
    return score.as_dict()


def _mean_of(readings: Sequence[float]) -> Score:
    value = float(np.mean(readings))
    return Score(
        "intrinsic_dimension", value, (min(readings), max(readings)), f"least and most of {len(readings)} draws"
    )


def _values(scores: Sequence[Any]) -> Float[np.ndarray, " l"]:
    return np.array([np.nan if s["value"] is None else s["value"] for s in scores], dtype=np.float64)


def _trusted(layers: Sequence[str], scores: Sequence[Any], n: int) -> str:
    values = _values(scores)
    if not np.isfinite(values).any():
        return ""
    top = int(np.nanargmax(values))
    true = scores[top]["details"].get("gaussian")
    text = f"The largest reading is {values[top]:.3g}, at {layers[top]}"
    ceiling = expected_reading(70, n)
    if true is not None and true > 1.1 * values[top]:
        text += f": what a gaussian of {true:.3g} dimensions reads with {n:,} samples"
    else:
        text += f": with {n:,} samples the estimator is faithful there"
    return f"{text}. A true 70 would read {ceiling:.3g}."


def _over_n(layers: Sequence[str], sizes: Sequence[int], over_n: dict[int, Any]) -> str:
    least, most = min(sizes), max(sizes)
    ratio = _values(over_n[most]) / _values(over_n[least])
    if not np.isfinite(ratio).any():
        return ""
    worst = int(np.nanargmax(np.abs(np.log(ratio))))
    direction = "rises" if ratio[worst] > 1 else "falls"
    return (
        f"From n = {least:,} to n = {most:,} the reading {direction} most at {layers[worst]}, from "
        f"{_values(over_n[least])[worst]:.3g} to {_values(over_n[most])[worst]:.3g}: compare dimensions at the same n only."
    )


def _over_scale(layers: Sequence[str], orders: Sequence[int], over_scale: Any) -> str:
    if len(orders) < 2:
        return ""
    near, far = _values([scores[0] for scores in over_scale]), _values([scores[-1] for scores in over_scale])
    ratio = far / near
    if not np.isfinite(ratio).any():
        return ""
    worst = int(np.nanargmax(np.abs(np.log(ratio))))
    steady = [layer for layer, r in zip(layers, ratio, strict=True) if np.isfinite(r) and abs(np.log(r)) < 0.1]
    text = (
        f"Over the scale the reading changes most at {layers[worst]}, from {near[worst]:.3g} (order 1) to {far[worst]:.3g} "
        f"(order {orders[-1]})"
    )
    return text + (
        f"; it stays within 10 % at {', '.join(steady)}." if steady else "; it stays within 10 % at no layer."
    )


study = Dimension()
