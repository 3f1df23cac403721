"""repscope train: from a network and a data set to weights, with a log, checkpoints and analyses on the way."""

from pathlib import Path
from typing import Annotated, Any

import typer

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope train repscope:resnet20 glyphs --augment --out glyphs-augmented.safetensors

repscope train repscope:resnet20 cifar10:DIR --recipe cifar10 --augmentation all --seeds 8 --out cifar.safetensors

repscope train repscope:resnet20 digits --epochs 12 --checkpoints 1,4,12 --analyze-every 4 --out digits.safetensors

torchrun --nproc-per-node 2 --no-python repscope train repscope:resnet20 glyphs --device cuda --out fast.safetensors

repscope analyze repscope:resnet20 glyphs --weights glyphs-augmented.safetensors --network-set classes=10 --out runs/mine
"""

_AUGMENTATION = (
    "One random change of the training images, by its name: translate, rotation, flip, jitter, grayscale or blur, with the published "
    "amounts; repeat for more, 'all' for the six, 'none' for none of the recipe's."
)
_RECIPE = "cifar10, cifar10-attention, imagenet64-50, imagenet64, or a YAML file; what is typed wins."
_COMPILE = (
    "Compile the network (torch.compile): a third faster on a CPU, after minutes of compiling; needs a C++ compiler."
)


def command(
    network: o.NetworkName,
    data: o.DataName,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="The weights file, NAME.safetensors; NAME.json beside it records how they were made."
        ),
    ],
    settings: o.Settings = None,
    recipe: Annotated[str | None, typer.Option("--recipe", help=_RECIPE)] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Default: 10, or the recipe's.")] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", help="The highest of the schedule. Default: 0.04, or the recipe's."),
    ] = None,
    warm_up: Annotated[
        float | None,
        typer.Option("--warm-up", help="Share of the training in which the rate rises. Default: 0.2, or the recipe's."),
    ] = None,
    last_rate: Annotated[
        float | None,
        typer.Option("--last-rate", help="What is left of the rate at the end, as a share. Default: 0.01."),
    ] = None,
    batch: Annotated[
        int | None, typer.Option("--batch", min=2, help="Images per step. Default: 128, or the recipe's.")
    ] = None,
    momentum: Annotated[float | None, typer.Option("--momentum", help="Default: 0.9.")] = None,
    nesterov: Annotated[bool | None, typer.Option("--nesterov/--no-nesterov", help="Default: yes.")] = None,
    weight_decay: Annotated[
        float | None, typer.Option("--weight-decay", help="Of matrices and kernels. Default: 5e-4.")
    ] = None,
    augment: Annotated[
        bool,
        typer.Option("--augment", help="Change the training images at random, in all ways that characters survive."),
    ] = False,
    augmentation: Annotated[list[str] | None, typer.Option("--augmentation", help=_AUGMENTATION)] = None,
    loss: Annotated[str | None, typer.Option("--loss", help="softmax (default), centre or arcface.")] = None,
    label_noise: Annotated[
        float | None, typer.Option("--label-noise", help="Share of the training labels that are replaced. Default: 0.")
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            "--noise", help="By what: random (any class, the default), wrong (another one) or shuffled (each other's)."
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option("--precision", help="float32 (default); or bfloat16, twice as fast where the processor has it."),
    ] = None,
    compile: Annotated[bool | None, typer.Option("--compile/--no-compile", help=_COMPILE)] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of the weights, the order and the augmentation. Default: 0.")
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds", min=1, help="Train so many networks, from --seed on: NAME-0.safetensors …; those there are kept."
        ),
    ] = 1,
    weights: Annotated[str, typer.Option("--weights", help="What to start from: 'random' or a file.")] = "random",
    copied: Annotated[
        str | None,
        typer.Option(
            "--copied",
            help="With --weights FILE: the modules that start from it, such as 'neck,stage1'; the others are random.",
        ),
    ] = None,
    frozen: Annotated[
        str | None, typer.Option("--frozen", help="Modules that stay as they are, such as 'neck,stage1*'.")
    ] = None,
    checkpoints: Annotated[
        list[str] | None,
        typer.Option("--checkpoints", help="Epochs after which the weights are written too, such as 1,5,10."),
    ] = None,
    analyze_every: Annotated[
        int | None,
        typer.Option("--analyze-every", min=1, help="Analyse validation images after every so many epochs: NAME-runs."),
    ] = None,
    analyze_samples: Annotated[int, typer.Option("--analyze-samples", min=2, help="How many of them.")] = 500,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew, whatever an interrupted training has left.")
    ] = False,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda, …")] = "cpu",
    network_set: o.NetworkSet = None,
    data_set: o.DataSet_ = None,
    json: o.Json = False,
) -> None:
    """Train a network on a data set's training partition, plainly, and measure it on both partitions.

    Interrupted? The same command goes on after the last complete epoch. Under torchrun, the processes share every batch.
    """
    import time

    from repscope.cli._show import as_json
    from repscope.core.progress import set_quiet
    from repscope.studies import AnalysesWhileTraining
    from repscope.training import is_first, train_by_name, train_seeds

    set_quiet(json or not is_first())
    begin = time.perf_counter()
    analyses = None
    if analyze_every is not None and is_first():
        analyses = AnalysesWhileTraining(o.open_data(data, data_set), analyze_every, analyze_samples)

    def each_of(path: Path) -> Any:
        return None if analyses is None else analyses.of(path, fresh)

    options: dict[str, Any] = {
        "recipe": recipe, "epochs": epochs, "learning_rate": learning_rate, "warm_up": warm_up, "last_rate": last_rate,
        "batch": batch, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay, "augment": augment,
        "augmentation": o.listed(augmentation, ()), "loss": loss, "label_noise": label_noise, "noise": noise,
        "precision": precision, "compile": compile, "seed": seed, "frozen": frozen, "weights": weights, "copied": copied or "", "device": device,
        "checkpoints": o.whole_numbers(checkpoints, "--checkpoints"), "network_settings": o.pairs(network_set),
        "data_settings": o.pairs(data_set), "fresh": fresh, "say": o.tell if is_first() and not json else None,
    }  # fmt: skip
    told: dict[str, Any]
    if seeds > 1:
        several = train_seeds(network, data, out, seeds, each_of=each_of, **options)
        told = {"weights": [str(done.path) for done in several.trainings.values()], "accuracies": several.accuracies}
        lines = {
            name: f"{100 * several.mean(name):.1f} ± {100 * several.deviation(name):.1f} % over {seeds} seeds"
            for name in several.accuracies
        }
    else:
        result = train_by_name(network, data, out, each=each_of(out), **options)
        told = {"weights": str(result.path), "accuracies": dict(result.accuracies)}
        lines = {name: f"{100 * value:.1f} %" for name, value in result.accuracies.items()}
    if analyses is not None:
        seconds = time.perf_counter() - begin
        told["analyses"] = {"runs": [str(run.path) for run in analyses.runs], "share": analyses.seconds / seconds}
    if not is_first():
        return
    if json:
        as_json(told)
        return
    for partition, value in lines.items():
        what = "accuracy by the labels trained on" if partition == "train_noisy" else f"{partition} accuracy"
        typer.echo(f"{what}: {value}")
    for path in [told["weights"]] if seeds == 1 else told["weights"]:
        typer.echo(f"weights: {path}")
    if analyses is not None:
        share = f"{analyses.seconds:.1f} of {seconds:.1f} s, {100 * told['analyses']['share']:.0f} %"
        typer.echo(f"analyses: {len(analyses.runs)}, which took {share}; in {_folders(analyses.runs)}")


def _folders(runs: list[Any]) -> str:
    return ", ".join(dict.fromkeys(str(run.path.parent) for run in runs)) or "none"
