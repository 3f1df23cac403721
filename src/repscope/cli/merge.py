"""repscope merge: one run of what was computed in shares."""

from pathlib import Path
from typing import Annotated

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope record repscope:resnet20-digits digits --out runs/digits --shard 1/2

repscope record repscope:resnet20-digits digits --out runs/digits --shard 2/2

repscope merge runs/digits

repscope graphs runs/digits --shard 1/2

repscope graphs runs/digits --shard 2/2

repscope merge runs/digits
"""


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A folder in which shares were computed.")],
    k: o.Neighbors = None,
    memory: o.Memory = o.MEMORY,
    json: o.Json = False,
) -> None:
    """Check that all shares of a recording are there, and join the shares of its graphs; say what is missing.

    After 'repscope record --shard', and again after 'repscope graphs --shard', with the same --k and --memory.
    """
    from repscope.cli._show import as_json
    from repscope.core.progress import set_quiet
    from repscope.neighbors import Exact
    from repscope.studies import Run, merge

    set_quiet(json)
    opened = Run(run)
    graphs = merge(opened, k, Exact(memory=memory))
    wanted = len(opened.layers) * len(opened.partitions)
    if json:
        as_json({"samples": {p: opened.recording(p).n for p in opened.partitions}, "graphs": graphs, "of": wanted})
        return
    for partition in opened.partitions:
        typer.echo(f"{opened.recording(partition).path}: {opened.recording(partition).n} samples, whole")
    following = "repscope analyze, with the arguments of record" if graphs == wanted else f"repscope graphs {run}"
    typer.echo(f"{graphs} of {wanted} graphs; next: {following}")
