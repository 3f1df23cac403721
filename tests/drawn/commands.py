"""Command lines for every command, with random networks, data, stores and options; each a list of words."""

from pathlib import Path

import numpy as np

from tests.drawn.data import draw_folder
from tests.drawn.session import Draw
from tests.drawn.stores import FORMS, draw_ids, write

NETWORK = "tests.drawn.networks:drawn_network"
DATA = "tests.drawn.data:drawn_items"
MEASURES = ("cca", "cka", "class_similarity", "hsic", "hubness", "intrinsic_dimension", "layer_similarity", "linear_predictivity",
            "linear_probe", "mutual_neighbors", "neighbor_accuracy", "persistent_homology", "procrustes", "pwcca", "rbf_cka", "rsa",
            "svcca", "nothing")  # fmt: skip


def network_words(draw: Draw) -> list[str]:
    number = draw.number(0, 10**6)
    words = ["--network-set", f"number={number}"]
    if draw.chance(0.15):
        words += ["--weights", draw.one_of("random", "random", "missing.safetensors")]
    if draw.chance(0.05):
        words += ["--network-set", draw.one_of("size=0", "number=x", "odd=1", "mean=1,2", "classes=0")]
    return words


def data_words(draw: Draw) -> tuple[str, list[str]]:
    if draw.chance(0.5):
        return f"folder:{draw_folder(draw)}", []
    return DATA, ["--data-set", f"number={draw.number(0, 10**6)}"]


def some(draw: Draw, *options: list[str], share: float = 0.2) -> list[str]:
    """Some of the options."""
    return [word for option in options if draw.chance(share) for word in option]


def draw_commands(draw: Draw) -> list[list[str]]:
    """A few commands that follow each other."""
    kind = draw.one_of(
        "analyze",
        "analyze",
        "record",
        "simple",
        "simple",
        "look",
        "bridge",
        "bridge",
        "transfer",
        "retrieve",
        "study",
        "train",
    )
    root = draw.folder
    data, data_set = data_words(draw)
    net = network_words(draw)
    json = ["--json"] if draw.chance(0.3) else []
    layers = some(draw, ["-l", draw.one_of("*", "steps.*", "head", "input", "nothing", "steps.?", "!head")], share=0.5)
    common = some(draw, ["-n", str(draw.number(2, 30))], ["--seed", str(draw.number(0, 5))])
    more = some(
        draw, ["-k", str(draw.one_of(1, 2, 3, 100))], ["--batch", str(draw.one_of(1, 2, 7))], ["--scales", draw.one_of("2", "2,global", "0", "x")],
        ["--pooling", draw.one_of("max", "average", "none")], ["--dtype", draw.one_of("float16", "bfloat16", "float64")],
        ["-p", draw.one_of("train", "validation", "all", "odd")], ["--seed-forward", "0"], ["--skip-broken"], share=0.08,
    )  # fmt: skip
    if kind == "simple":
        return [
            draw.one_of(
                ["layers", NETWORK, *net, *some(draw, ["-l", draw.one_of("*", "steps*", "nothing")]), *json],
                [
                    "cost",
                    NETWORK,
                    *net,
                    *some(draw, ["--input", draw.one_of("3x12x12", "1x1x1", "3x7x9", "12")]),
                    *json,
                ],
                [
                    "data",
                    data,
                    *data_set,
                    *some(
                        draw,
                        ["--skip-broken"],
                        ["--contact-sheet", f"{root}/sheet.png"],
                        ["--save", f"{root}/saved"],
                        share=0.4,
                    ),
                    *json,
                ],
                ["info", *json],
                ["networks", *json],
                ["study", *draw.one_of([], ["nothing"], ["ab", "--list"], ["map", "--list"])],
            )
        ]
    if kind == "record":
        shard = some(draw, ["--shard", draw.one_of("1/2", "2/2", "3/2", "x")])
        return [
            ["record", NETWORK, data, *net, *data_set, "--out", f"{root}/run", *layers, *common, *more, *shard, *json],
            draw.one_of(["graphs", f"{root}/run", *some(draw, ["-k", "3"], ["--memory", draw.one_of("1MiB", "64MiB", "x")]), *json],
                        ["merge", f"{root}/run", *json], ["report", f"{root}/run"]),
        ]  # fmt: skip
    if kind == "analyze":
        chosen = [w for _ in range(draw.number(0, 3)) for w in ("-m", draw.one_of(*MEASURES))]
        lines = [["analyze", NETWORK, data, *net, *data_set, "--out", f"{root}/a", *layers, *common, *more, *chosen, *json,
                  *some(draw, ["--no-report"], ["--untrained-twin"], ["--disk", draw.one_of("1MiB", "1GiB")], ["--method", draw.one_of("exact", "ivf", "quantised", "odd")])]]  # fmt: skip
        after = draw.one_of("compare", "report", "advise", "again", "none", "none")
        if after == "compare":
            lines.append(
                [
                    "analyze",
                    NETWORK,
                    data,
                    *network_words(draw),
                    *data_set,
                    "--out",
                    f"{root}/b",
                    *layers,
                    *common,
                    *more,
                    *chosen,
                    *json,
                ]
            )
            lines.append(
                [
                    "compare",
                    f"{root}/a",
                    f"{root}/b",
                    "--out",
                    f"{root}/both.html",
                    *some(draw, ["-m", draw.one_of(*MEASURES)], ["--permutations", "3"], share=0.5),
                    *json,
                ]
            )
        elif after == "report":
            lines.append(
                ["report", f"{root}/a", "--out", f"{root}/page{draw.one_of('.html', '.txt', '.json', '.pdf')}", *json]
            )
        elif after == "advise":
            lines.append(["advise", f"{root}/a", *json])
        elif after == "again":
            lines.append(list(lines[0]))
        return lines
    if kind == "look":
        return [["look", NETWORK, data, *net, *data_set, "--out", f"{root}/look", *layers, *common, "--steps", draw.one_of("0", "2"), "--most", "2", "--restarts", "1",
                 *some(draw, ["--class", draw.one_of("0", "2", "9")], ["--unit", draw.one_of("0", "3", "99")], ["-m", draw.one_of("gradient", "grad_cam", "occlusion", "odd")],
                       ["--direction", draw.one_of("head=random:0", "head=pca", "input=random:1", "odd")], ["-p", draw.one_of("train", "all")]), *json]]  # fmt: skip
    if kind == "transfer":
        return [
            ["transfer", NETWORK, "--data", data, *net, *data_set, "--out", f"{root}/t", *layers, *common, *json,
             *some(draw, ["--use", draw.one_of("nearest_mean", "svm", "retrieval", "logistic")], ["--post", draw.one_of("none", "l2", "l2, whiten:2", "odd")], ["--descriptor", draw.one_of("flat", "gem", "rmac", "spoc")])],
            ["embed", data, *data_set, "--pipeline", f"{root}/t/pipeline.safetensors", "--out", f"{root}/e{draw.one_of('.npy', '.parquet', '.safetensors', '.csv')}", *json],
            ["search", data, *data_set, "--pipeline", f"{root}/t/pipeline.safetensors", "--index", f"{root}/e.npy", "-k", "3", *json],
        ]  # fmt: skip
    if kind == "retrieve":
        return [["retrieve", NETWORK, data, *net, *data_set, "--out", f"{root}/r", *layers, *common, *json,
                 *some(draw, ["-p", draw.one_of("train", "all", "validation")], ["--definition", "trapezoid"], ["--sizes", draw.one_of("1,2", "none", "x")], ["--post", draw.one_of("none", "l2")])]]  # fmt: skip
    if kind == "train":
        return [["train", NETWORK, data, *net, *data_set, "--out", f"{root}/w.safetensors", "--epochs", "1", "--batch", "8", *json,
                 *some(draw, ["--loss", draw.one_of("softmax", "centre", "arcface")], ["--label-noise", draw.one_of("0.5", "2")], ["--augment"])]]  # fmt: skip
    if kind == "study":
        name = draw.one_of("ab", "scales", "sampling", "interchange", "classes", "internals", "dynamics")
        return [
            [
                "study",
                name,
                "--out",
                f"{root}/s",
                "--set",
                f"{draw.one_of('network', 'networks', 'samples', 'odd')}={draw.one_of(NETWORK, '5', 'x')}",
                *json,
            ]
        ]
    return _bridge(draw, root, json)


def _bridge(draw: Draw, root: Path, json: list[str]) -> list[list[str]]:
    n, d = draw.one_of(draw.number(2, 30), draw.number(60, 120)), draw.number(1, 6)
    g = draw.generator
    x = g.normal(size=(n, d)).astype(draw.one_of(np.float32, np.float64, np.float16))
    y = (x @ g.normal(size=(d, draw.number(1, 6)))).astype(x.dtype)
    ids = draw_ids(draw, n) if draw.chance(0.6) else None
    order = g.permutation(n)
    forms = draw.one_of(*FORMS), draw.one_of(*FORMS)
    write(draw, root / f"a.{forms[0]}", x, ids, forms[0])
    write(draw, root / f"b.{forms[1]}", y if ids is None else y[order], ids and [ids[i] for i in order], forms[1])
    a, b = f"{root}/a.{forms[0]}", f"{root}/b.{forms[1]}"
    kind = some(
        draw,
        ["--kind", draw.one_of("least_squares", "ridge", "reduced_rank", "procrustes", "whitened", "unit_norm", "odd")],
        ["--rank", "1"],
        share=0.4,
    )
    return [
        ["bridge", "fit", a, b, "--out", f"{root}/m.safetensors", *kind, *json],
        draw.one_of(
            [
                "bridge",
                "check",
                a,
                b,
                "-k",
                str(draw.one_of(1, 5, 50)),
                "--queries",
                "20",
                *kind,
                *json,
                *some(draw, ["--metric", draw.one_of("dot", "euclidean", "odd")], ["--index", "20"]),
            ],
            [
                "bridge",
                "apply",
                f"{root}/m.safetensors",
                draw.one_of(a, b),
                "--out",
                f"{root}/c{draw.one_of('.npy', '.parquet', '.txt')}",
                *json,
            ],
            [
                "bridge",
                "export",
                f"{root}/m.safetensors",
                "--to",
                draw.one_of("onnx", "faiss", "sklearn", "odd"),
                "--out",
                f"{root}/x.bin",
            ],
            ["map", a, b, "--out", f"{root}/maps", *kind, *json],
        ),
    ]
