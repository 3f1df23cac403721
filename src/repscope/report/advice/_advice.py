"""The advice: windows of attention from what pooling does to the classes, and what else a run suggests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from repscope.activations import Scale
from repscope.core.errors import BadInput, nearest
from repscope.networks import Cost, Network, cost, load_network
from repscope.report.advice._building import base_settings, plain, train, with_attention
from repscope.report.advice._proposals import Proposal, augmentations, removals
from repscope.report.findings import findings
from repscope.report.findings._words import listed
from repscope.studies import STUDIES, Run, StageWindow, stage_windows

if TYPE_CHECKING:
    import pandas as pd

STRATEGIES = ("class_similarity", "uniform")
"""The window with the highest NNCS in each stage; the side of the last stage's maps in all."""


@final
@dataclass(frozen=True, eq=False)
class Advice:
    """What a run suggests to try; proposals to be tested, not decrees.

    Attributes
    ----------
    run : Run
    stages : tuple of StageWindow
        What windows do to the classes in each stage.
    windows : mapping of stage to window
        By maximum class similarity.
    uniform : int
        By the strategy of maximum uniform, one for all: the side of the last stage's maps.
    why : tuple of str
        A sentence for each stage.
    proposals : tuple of Proposal
        The windows, layers to leave out, augmentations to try.
    costs : mapping of str to Cost
        Of the network as it is, with either choice of windows, and with squeeze-and-excitation; empty where none can be built.
    """

    run: Run
    stages: tuple[StageWindow, ...]
    windows: Mapping[str, Scale]
    uniform: int
    why: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    costs: Mapping[str, Cost]

    def settings(self, strategy: str | Mapping[str, Scale] = "class_similarity") -> dict[str, Any]:
        """What `repscope train --settings` reads: the network with STAC at the advised windows.

        Parameters
        ----------
        strategy : str or mapping of stage to window
            One of `STRATEGIES`, or windows such as `greedy` answers.

        Raises
        ------
        BadInput
            If there is no such strategy, or the network is none of repscope's residual ones.
        """
        address, settings = base_settings(self.run.description["network"])
        if isinstance(strategy, Mapping):
            windows = dict(strategy)
        elif strategy not in STRATEGIES:
            raise BadInput(f"there is no strategy {strategy!r}; {nearest(strategy, STRATEGIES)}")
        else:
            windows = (
                dict(self.windows) if strategy == "class_similarity" else dict.fromkeys(self.windows, self.uniform)
            )
        return {"network": address, "network_set": with_attention(address, settings, windows)}

    def greedy(
        self,
        data: str,
        out: str | Path,
        *,
        data_settings: Mapping[str, Any] | None = None,
        recipe: Mapping[str, Any] | None = None,
        seeds: int = 1,
        say: Callable[[str], None] | None = None,
    ) -> dict[str, Scale]:
        """Windows by trial, the thesis' greedy strategy: the network is trained with every window in one stage after the other.

        Parameters
        ----------
        data : str
            Address of the images to train on.
        out : path
            Folder of the study ``greedy`` that does it; interrupted, the same call goes on.
        data_settings, recipe, seeds
            As for that study.
        say : function of str, optional
            Is told what is being done.

        Returns
        -------
        mapping of stage to window

        Raises
        ------
        BadInput
            If the network is none of repscope's residual ones, or something given cannot be used.
        """
        address, settings = base_settings(self.run.description["network"])
        given = {
            "data_settings": dict(data_settings or {}),
            "seeds": seeds,
            **({"recipe": dict(recipe)} if recipe else {}),
        }
        study = STUDIES["greedy"].with_settings(
            {"network": address, "network_settings": plain(settings), "data": data, **given}
        )
        rows = study.run(out, say).table("windows").rows
        return {f"stage{row[0]}": row[1] for row in rows}

    def frame(self) -> "pd.DataFrame":
        """One row per stage and window (needs pandas)."""
        from repscope.core.optional import optional

        pandas = optional("pandas", "Advice.frame()", "frame")
        frame: pd.DataFrame = pandas.DataFrame(self.rows())
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """The curves that say why: for each stage and window the highest NNCS, where, and its interval."""
        return [
            {
                "stage": stage.stage,
                "window": window,
                "class_similarity": score.value,
                "low": score.interval[0],
                "high": score.interval[1],
                "layer": stage.at[window],
                "best": window == stage.best,
                "like_best": window in stage.alike,
            }
            for stage in self.stages
            for window, score in stage.scores.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "run": str(self.run.path),
            "windows": dict(self.windows),
            "uniform": self.uniform,
            "why": list(self.why),
            "curves": self.rows(),
            "proposals": [proposal.as_dict() for proposal in self.proposals],
            "costs": {
                name: {"parameters": spent.parameters, "multiply_adds": spent.multiply_adds, "flops": spent.flops}
                for name, spent in self.costs.items()
            },
        }


def advise(run: Run) -> Advice:
    """What an analysed network suggests to try next.

    Parameters
    ----------
    run : Run
        Analysed at several scales by average pooling (``analyze(…, scales=(1, 2, 4, 8, "global"))``), of images with labels.

    Returns
    -------
    Advice

    Raises
    ------
    BadInput
        If the run has one scale only, no labels, or no layer with maps.

    References
    ----------
    A. Hryniowski, *A Representational Response Analysis Framework for Convolutional Neural Networks*, PhD thesis, University of
    Waterloo, 2024, chapter 7: maximum class similarity and maximum uniform. Whether the advice helps is asked by the study
    ``advice``.

    Examples
    --------
    >>> import tempfile
    >>> from repscope import analyze, load_data, load_network
    >>> network, data, folder = load_network("repscope:resnet20-digits"), load_data("digits"), tempfile.mkdtemp()
    >>> blocks = ["stage1.2", "stage2.2", "stage3.2"]
    >>> run = analyze(network, data, blocks, folder, samples=200, scales=(1, 2, 4, 8, "global"), pooling="average")
    >>> found = advise(run)
    >>> found.windows["stage2"], found.uniform
    (4, 8)
    >>> found.why[1][:72]
    'stage2: neighbours share their class most often over windows of 4 (NNCS '
    """
    stages = stage_windows(run)
    windows = {stage.stage: stage.best for stage in stages}
    uniform = max(stages[-1].sides)
    why = tuple(map(_why, stages))
    try:
        address, settings = base_settings(run.description["network"])
        advised = with_attention(address, settings, windows)
    except BadInput:  # another's network, or layers that are no stages: windows can be said, commands cannot
        return Advice(run, stages, windows, uniform, why, (), {})
    designs = {
        "as it is": settings,
        "advised windows": advised,
        "uniform windows": with_attention(address, settings, dict.fromkeys(windows, uniform)),
        "squeeze-and-excitation": {**plain(settings), "attention": "se"},
    }
    networks = {name: _shaped(address, design) for name, design in designs.items()}
    found = findings(run)
    proposals = (
        Proposal(
            "window",
            f"STAC with windows {', '.join(map(str, windows.values()))}",
            " ".join(why),
            train(address, advised),
        ),
        *removals(found, address, settings, [len(stage) for stage in _stages(networks["as it is"])]),
        *augmentations(found, address, settings),
    )
    costs = {name: cost(network) for name, network in networks.items()}
    return Advice(run, stages, windows, uniform, why, proposals, costs)


def _shaped(address: str, settings: Mapping[str, Any]) -> Network:
    """The network without numbers, which its cost does not need."""
    import torch

    with torch.device("meta"):
        return load_network(address, weights="random", **settings)


def _stages(network: Network) -> list[Any]:
    return [child for name, child in network.module.named_children() if name.startswith("stage")]


def _why(stage: StageWindow) -> str:
    """The best window beside the layer as it is, and which windows the run cannot tell from it."""
    best = stage.best
    score, plain_ = stage.scores[best], stage.scores[1]
    low, high = score.interval
    words = f"{stage.stage}: neighbours share their class most often over windows of {best} (NNCS {score.value:.3f} [{low:.3f}, {high:.3f}] at {stage.at[best]}"
    words += ")" if best == 1 else f", unpooled {plain_.value:.3f})"
    others = [str(window) for window in stage.alike if window != best]
    return words + (f"; {listed(others)} cannot be told from it." if others else ".")
