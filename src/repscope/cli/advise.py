"""repscope advise: what an analysed network suggests to try next."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repscope.cli import _options as o
from repscope.core.errors import BadInput

if TYPE_CHECKING:
    from repscope.report.advice import Advice

EXAMPLES = """[bold]Examples[/bold]

repscope analyze repscope:resnet20-digits digits --scales 2,4,8,global --pooling average --out runs/scales

repscope advise runs/scales --build stac.yaml

repscope train --settings stac.yaml --out stac.safetensors

repscope advise runs/scales --greedy runs/greedy --epochs 5 --build greedy.yaml
"""


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, analysed at several scales.")],
    build: Annotated[
        Path | None,
        typer.Option(
            "--build",
            help="Write the settings of the network with the advised attention, for 'repscope train', and the recipe of the weights that were analysed.",
        ),
    ] = None,
    strategy: Annotated[
        str,
        typer.Option("--strategy", help="Of --build: class_similarity, the best window of each stage; or uniform."),
    ] = "class_similarity",
    greedy: Annotated[
        Path | None,
        typer.Option(
            "--greedy",
            metavar="FOLDER",
            help="Also find windows by trial: train with every window in one stage after the other; --build then takes these.",
        ),
    ] = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Of each training of --greedy.")] = 10,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each window of --greedy.")] = 1,
    json: o.Json = False,
) -> None:
    """Propose windows of attention, layers to leave out and augmentations to try, each with its reason and a test."""
    import yaml

    from repscope.cli._show import as_json, console, table
    from repscope.core.files import write_bytes
    from repscope.core.progress import set_quiet
    from repscope.report.advice import advise
    from repscope.studies import Run

    set_quiet(json)
    found, data = advise(Run(run)), _data(run)
    tried = {} if greedy is None else _by_trial(found, greedy, data, epochs, seeds, json)
    if build is not None:
        settings = {**found.settings(tried or strategy), **data, **_recipe(run, build)}
        text = yaml.safe_dump(settings, sort_keys=False)
        how = f"--greedy {greedy} --epochs {epochs} --seeds {seeds}" if tried else f"--strategy {strategy}"
        write_bytes(build, f"# repscope advise {run} {how} --build {build}\n{text}".encode())
    if json:
        as_json({**found.as_dict(), **({"greedy": tried} if tried else {})})
        return
    rows = [
        [x["stage"], x["window"], x["class_similarity"], f"{x['low']:.3f} to {x['high']:.3f}", x["layer"],
         "best" if x["best"] else "like the best" if x["like_best"] else ""]
        for x in found.rows()
    ]  # fmt: skip
    table("class similarity over windows", ["stage", "window", "NNCS", "95 %", "highest at", ""], rows)
    for proposal in found.proposals:
        console().print(f"• {proposal.sentence}\n  because {proposal.why}\n  test it: {proposal.test}\n", markup=False)
    if found.costs:
        costs = [[name, x.parameters, x.multiply_adds, x.flops] for name, x in found.costs.items()]
        table("cost", ["network", "parameters", "multiply-adds", "FLOPs"], costs)
    if tried:
        typer.echo(f"windows by trial: {', '.join(f'{stage} {window}' for stage, window in tried.items())}")
    if build is not None:
        typer.echo(f"network: {build}")


def _by_trial(
    found: "Advice", folder: Path, data: dict[str, Any], epochs: int, seeds: int, quiet: bool
) -> dict[str, Any]:
    """Windows of the greedy strategy, on the images that were analysed."""
    if "data" not in data:
        raise BadInput(
            "--greedy trains on the images that were analysed; expected a run of 'repscope analyze', which notes them"
        )
    say = None if quiet else (lambda message: typer.echo(message, err=True))
    windows = found.greedy(
        data["data"],
        folder,
        data_settings=o.pairs(data.get("data_set")),
        recipe={"epochs": epochs},
        seeds=seeds,
        say=say,
    )
    return dict(windows)


def _data(run: Path) -> dict[str, Any]:
    """The data set that `repscope analyze` was given, so that the network can be trained on the same."""
    given = _given(run)
    return {name: given[name] for name in ("data", "data_set") if given.get(name)}


def _recipe(run: Path, build: Path) -> dict[str, str]:
    """The recipe of the weights that were analysed, as a file beside the settings: trained otherwise, networks do not compare."""
    import yaml

    from repscope.core.files import read_json, write_bytes

    record = Path(str(_given(run).get("weights"))).with_suffix(".json")
    recipe = read_json(record).get("recipe") if record.is_file() else None
    if not isinstance(recipe, dict):
        return {}
    file = build.with_name(f"{build.stem}-recipe.yaml")
    text = yaml.safe_dump({name: value for name, value in recipe.items() if name != "seed"}, sort_keys=False)
    write_bytes(file, f"# of {record.with_suffix('.safetensors')}\n{text}".encode())
    return {"recipe": str(file)}


def _given(run: Path) -> dict[str, Any]:
    """The settings that `repscope analyze` wrote into the run's folder."""
    import yaml

    from repscope.cli._run_settings import NAME

    file = run / NAME
    found = yaml.safe_load(file.read_text(encoding="utf8")) if file.exists() else {}
    return dict(found)
