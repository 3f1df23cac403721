"""repscope advise: what an analysed network suggests to try next."""

from pathlib import Path
from typing import Annotated, Any

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope analyze repscope:resnet20-digits digits --scales 2,4,8,global --pooling average --out runs/scales

repscope advise runs/scales --build stac.yaml

repscope train --settings stac.yaml --out stac.safetensors
"""


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, analysed at several scales.")],
    build: Annotated[
        Path | None,
        typer.Option(
            "--build", help="Write the settings of the network with the advised attention, for 'repscope train'."
        ),
    ] = None,
    strategy: Annotated[
        str,
        typer.Option("--strategy", help="Of --build: class_similarity, the best window of each stage; or uniform."),
    ] = "class_similarity",
    json: o.Json = False,
) -> None:
    """Propose windows of attention, layers to leave out and augmentations to try, each with its reason and a test."""
    import yaml

    from repscope.cli._show import as_json, console, table
    from repscope.core.files import write_bytes
    from repscope.report.advice import advise
    from repscope.studies import Run

    found = advise(Run(run))
    if build is not None:
        text = yaml.safe_dump({**found.settings(strategy), **_data(run)}, sort_keys=False)
        write_bytes(build, f"# repscope advise {run} --strategy {strategy} --build {build}\n{text}".encode())
    if json:
        as_json(found.as_dict())
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
    if build is not None:
        typer.echo(f"network: {build}")


def _data(run: Path) -> dict[str, Any]:
    """The data set that `repscope analyze` was given, so that the network can be trained on the same."""
    import yaml

    from repscope.cli._run_settings import NAME

    file = run / NAME
    given = yaml.safe_load(file.read_text(encoding="utf8")) if file.exists() else {}
    return {name: given[name] for name in ("data", "data_set") if given.get(name)}
