"""Options that several commands share, and settings from a YAML file with the same names."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.core.files import read_text
from repscope.core.shares import Share, parse_share

if TYPE_CHECKING:
    from repscope.data import DataSet
    from repscope.networks import Network


def _read_settings(context: typer.Context, file: Path | None) -> Path | None:
    """Take defaults from a YAML file; options on the command line win. Unknown keys are errors."""
    if file is None:
        return None
    import yaml

    if not file.exists():
        raise BadInput(f"the settings file {file} does not exist")
    try:
        read = yaml.safe_load(read_text(file))
    except yaml.YAMLError as error:
        raise BadInput(f"the settings file {file} is not YAML: {error}") from error
    if not isinstance(read, dict):
        raise BadInput(
            f"the settings file {file} holds a {type(read).__name__}; expected names and values, such as 'samples: 3000'"
        )
    known = {p.name: p for p in context.command.params if p.name not in ("settings", "help")}
    values = {str(key).replace("-", "_"): value for key, value in read.items()}
    for key in values:
        if key not in known:
            raise NotFound(
                f"the settings file {file} has the unknown name {key!r}; {nearest(key, [str(n) for n in known])}"
            )
    context.default_map = {key: _as_given(value) for key, value in values.items() if value is not None}
    for key, parameter in known.items():  # a required argument that the file gives need not be typed
        if key in context.default_map:
            parameter.required = False
    return file


def _as_given(value: Any) -> Any:
    """A value as it would stand on the command line, so that it is checked there: PyYAML reads 1e-3 as text anyway."""
    if isinstance(value, dict):
        return [f"{key}={inner}" for key, inner in value.items()]
    if isinstance(value, list):
        return [str(v) for v in value]
    return value if isinstance(value, bool) else str(value)


NetworkName = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="repscope:NAME, timm:NAME, torchvision:NAME, PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION.",
    ),
]
DataName = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="digits, glyphs, scenes, folder:DIR, cifar10:DIR, imagenet64:DIR, lfw:DIR, oxford:DIR, holidays:DIR, "
        "PACKAGE.MODULE:FUNCTION or FILE.py:FUNCTION.",
    ),
]
Settings = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        is_eager=True,
        callback=_read_settings,
        help="YAML file with the names of these options; what is typed wins.",
    ),
]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layers",
        "-l",
        help="Glob pattern over layer names, 'input' among them; repeat for more, '!PATTERN' leaves out. Default: 'input' and every block (see: repscope layers).",
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights",
        help="A safetensors file, a state dict (FILE:KEY for one of several in a file, such as FILE:model_ema), or 'random'; "
        "default: the network's own.",
    ),
]
NetworkSet = Annotated[
    list[str] | None,
    typer.Option("--network-set", metavar="NAME=VALUE", help="A setting of the network, such as classes=10."),
]
DataSet_ = Annotated[
    list[str] | None,
    typer.Option("--data-set", metavar="NAME=VALUE", help="A setting of the data set, such as size=64."),
]
Partitions = Annotated[
    list[str] | None,
    typer.Option(
        "--partitions",
        "-p",
        help="Part of the data, such as validation, or 'all'; repeat for more. Default: training and validation.",
    ),
]
Samples = Annotated[
    int | None,
    typer.Option("--samples", "-n", min=2, help="A class-balanced subset of so many images of each partition."),
]
Seed = Annotated[int, typer.Option("--seed", help="Chooses the subset, and untrained weights.")]
SeedForward = Annotated[
    int | None,
    typer.Option(
        "--seed-forward",
        min=0,
        help="For a network, or a preprocessing, that draws at random: the seed of its random numbers, so that each pass "
        "gives the same. Without it such a network is refused. Elsewhere: --network-set seed_forward=0.",
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option("--id-column", help="Of parquet files: the column of the ids. Default: id. '' where there are none."),
]
VectorColumn = Annotated[
    str | None,
    typer.Option(
        "--vector-column",
        help="Of parquet files: the column of lists, or a pattern of columns of numbers such as 'd*'.",
    ),
]
Dtype = Annotated[str, typer.Option("--dtype", help="How activations are stored: float32, float16 or bfloat16.")]
Batch = Annotated[int | None, typer.Option("--batch", min=1, help="Images per forward pass.")]
Device = Annotated[str | None, typer.Option("--device", help="cpu, cuda, cuda:1, …")]
Method = Annotated[
    str,
    typer.Option(
        "--method", help="How neighbours are found: exact, or an approximate method, as in 'ivf' or 'ivf:nprobe=32'."
    ),
]
RunMethod = Annotated[
    str | None,
    typer.Option("--method", help="As for 'repscope analyze'; by default the method that the run was begun with."),
]
MEMORY = "2GiB"
Memory = Annotated[str, typer.Option("--memory", help="Budget for building graphs, beside the result.")]
Disk = Annotated[
    str | None,
    typer.Option(
        "--disk",
        help="Keep graphs only, and at most so much of activations on disk at a time, such as 20GiB; takes more forward passes.",
    ),
]
Scales = Annotated[
    list[str] | None,
    typer.Option(
        "--scales",
        help="Also look at maps pooled over windows of these sides, such as 2,4,8,global; from the same forward pass.",
    ),
]
Pooling = Annotated[
    list[str] | None, typer.Option("--pooling", help="How: average, max or both (default), as in average,max.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs, no bars and no tables.")]
Neighbors = Annotated[
    int | None, typer.Option("--k", "-k", min=1, help="Neighbours per sample; default: n / (10 · classes).")
]
Shard = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Only the I-th of N shares of the work; 'repscope merge' joins them."),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine", help="Where the work is done: local, or ray (the cluster of RAY_ADDRESS, or these cores)."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="Of --engine ray; default: one per GPU or eight cores (of a study: one core)."
    ),
]
SkipBroken = Annotated[
    bool, typer.Option("--skip-broken", help="Leave out images that cannot be read, counted and listed.")
]


def pairs(given: Sequence[str] | None) -> dict[str, Any]:
    """Settings from ``NAME=VALUE`` words; values are read as YAML, so that 3 is a number and [a, b] a list.

    >>> pairs(["classes=10", "size=64", "name=R"])
    {'classes': 10, 'size': 64, 'name': 'R'}
    """
    import yaml

    found: dict[str, Any] = {}
    for word in given or ():
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise BadInput(f"{word!r} is not a setting; expected NAME=VALUE, such as classes=10")
        found[name.strip().replace("-", "_")] = _number(yaml.safe_load(value))
    return found


def _number(value: Any) -> Any:
    """PyYAML reads 1e-3 as text; a number is meant."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def listed(given: Sequence[str] | None, default: Sequence[str]) -> list[str]:
    """What an option lists, by commas or by repeating it.

    >>> listed(["2,4", "global"], ()), listed(None, ["1"])
    (['2', '4', 'global'], ['1'])
    """
    return [word.strip() for text in given for word in text.split(",") if word.strip()] if given else list(default)


def whole_numbers(given: Sequence[str] | None, option: str) -> list[int]:
    """What an option lists, as whole numbers.

    >>> whole_numbers(["1,5", "10"], "--checkpoints")
    [1, 5, 10]
    """
    words = listed(given, ())
    for word in words:
        if not word.isdecimal():
            raise BadInput(f"{option} has {word!r}; expected whole numbers, such as {option} 1,5,10")
    return [int(word) for word in words]


def open_network(
    name: str, weights: str | None, given: Sequence[str] | None, seed_forward: int | None = None
) -> "Network":
    """The network of the address, with its settings."""
    from repscope.networks import load_network

    settings = pairs(given)
    if seed_forward is not None:
        settings["seed_forward"] = seed_forward
    return load_network(name, weights=weights, **settings)


def open_data(name: str, given: Sequence[str] | None, skip_broken: bool = False) -> "DataSet":
    """The data set of the address, with its settings; images that were left out are named."""
    from repscope.data import load_data

    settings = pairs(given)
    if skip_broken:
        settings["skip_broken"] = True
    data = load_data(name, **settings)
    skipped = list(data.settings.get("skipped", ()))
    if skipped:
        shown = ", ".join(map(str, skipped[:5])) + (" …" if len(skipped) > 5 else "")
        typer.echo(f"left out {len(skipped)} broken images: {shown}", err=True)
    return data


def share(given: str | None, engine: str = "local") -> Share | None:
    """The share that --shard means."""
    if given is not None and engine != "local":
        raise BadInput(
            f"--shard {given} and --engine {engine} were given; the engine shares the work itself: choose one of the two"
        )
    return None if given is None else parse_share(given)


def say(message: str) -> None:
    """What an analysis will take, as a line for people."""
    typer.echo(f"will take {message}", err=True)


def tell(message: str) -> None:
    """What is going on, as a line for people."""
    typer.echo(message, err=True)


def warn(message: str) -> None:
    """A warning of the library as a line for people."""
    typer.echo(f"note: {message}", err=True)


def images(data: str | None, partition: str, settings: Sequence[str] | None) -> "DataSet | None":
    """The part of a data set, if one is given."""
    from repscope.data import load_data

    return None if data is None else load_data(data, **pairs(settings)).partition(partition)


def texts(*paths: Path | None) -> list[str | None]:
    """Paths as text, None where there is none."""
    return [None if path is None else str(path) for path in paths]
