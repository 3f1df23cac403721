"""repscope study: an experiment over several networks or settings."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o
from repscope.studies import STUDIES

EXAMPLES = f"""[bold]Examples[/bold]

repscope study sampling --out studies/sampling

repscope study dimension --set network=repscope:resnet20-glyphs --set data=glyphs --out studies/dimension

repscope study ab --list

repscope study transferability --engine ray --out studies/transferability

[bold]Studies[/bold]

{", ".join(STUDIES.names())}
"""


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study; without one, all are listed.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The study's folder; a new one, or one to go on with.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="YAML file with settings of the study; --set wins.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the study; repeat for more (see --list)."),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the settings of the study with their values.")] = False,
    engine: o.Engine = "local",
    workers: o.Workers = None,
    json: o.Json = False,
) -> None:
    """Do a study: tables, figures and a page. Interrupted? The same command goes on where it was."""
    from repscope.cli._show import as_json, table
    from repscope.core.errors import BadInput
    from repscope.core.progress import set_quiet
    from repscope.report import write_study

    set_quiet(json)
    if not name:
        table("studies", ["name", "what it asks"], [(n, STUDIES[n].title) for n in STUDIES])
        return
    study = STUDIES[name].with_settings({**_from_file(settings), **o.pairs(given)})
    if listing:
        table(f"{study.title}\n{study.summary}", ["setting", "value", "what it is"], _settings(study))
        return
    if out is None:
        raise BadInput("the study needs a folder: add --out DIR")
    result = study.run(out, None if json else lambda message: typer.echo(message, err=True), engine, workers)
    page = write_study(result, out)
    if json:
        as_json({"study": name, "settings": study.settings, "sentences": list(result.sentences), "report": str(page)})
        return
    for sheet in result.tables:
        if len(sheet.rows) <= 30:
            table(sheet.title, sheet.columns, sheet.rows)
    for sentence in result.sentences:
        typer.echo(f"- {sentence}")
    typer.echo(f"report: {page}")


def _from_file(file: Path | None) -> dict[str, object]:
    """Settings from a YAML file, with the names of the study's."""
    if file is None:
        return {}
    import yaml

    from repscope.core.errors import BadInput
    from repscope.core.files import read_text

    if not file.exists():
        raise BadInput(f"the settings file {file} does not exist")
    try:
        read = yaml.safe_load(read_text(file))
    except yaml.YAMLError as error:
        raise BadInput(f"the settings file {file} is not YAML: {error}") from error
    if not isinstance(read, dict):
        raise BadInput(f"the settings file {file} holds a {type(read).__name__}; expected names and values")
    return {str(key).replace("-", "_"): value for key, value in read.items() if value is not None}


def _settings(study: object) -> list[tuple[str, str, str]]:
    """Name, value and meaning of every setting, the meaning from the docstrings of the study and of what it is a kind of."""
    meaning: dict[str, str] = {}
    for kind in reversed(type(study).__mro__):
        current: list[str] = []
        for line in (vars(kind).get("__doc__") or "").splitlines():
            if line.startswith("    ") and not line.startswith("     ") and " : " in line:
                current = [n.strip() for n in line.split(" : ")[0].split(",")]
                meaning |= dict.fromkeys(current, "")
            elif line.startswith("        ") and current:
                for n in current:
                    meaning[n] = f"{meaning[n]} {line.strip()}".strip()
    return [
        (field.name, str(getattr(study, field.name)), meaning.get(field.name, ""))
        for field in dataclasses.fields(study)  # type: ignore[arg-type]
    ]
