"""Every command, given networks and data sets that are made to be difficult, ends well or with a sentence.

The commands are taken from the command line itself: a new one is covered, or this file says which option it knows no
value for.
"""

import re
import warnings
from pathlib import Path

import pytest
import typer

from repscope.cli import main
from repscope.cli._app import UNEXPECTED, build_app
from repscope.studies import STUDIES
from tests.cli.hostile_data import DATA, FOLDERS
from tests.cli.hostile_networks import NETWORKS

HERE = Path(__file__).parent
PLAIN = ("plain",)
"""A network with which everything works, as it does with the data set of this name."""

SMALL = {
    "samples": 24, "k": 2, "epochs": 1, "batch": 8, "steps": 1, "restarts": 1, "patches": 2, "most": 2, "queries": 20,
    "analyze_samples": 6,
}  # fmt: skip
"""Values of options that make a command quick."""

WRITTEN = {
    "train": "trained.safetensors",
    "embed": "out.npy",
    "bridge fit": "map.safetensors",
    "bridge apply": "out.npy",
    "bridge export": "map.onnx",
}
"""Names of the files that commands write; the others write a folder."""

LEFT_OUT = {"demo", "info", "networks"}
"""Commands that take neither a network nor data."""


def commands() -> dict[str, list]:
    """The parameters of every command, by its words."""

    def walk(command, words):
        if hasattr(command, "commands"):
            for name, inner in command.commands.items():
                yield from walk(inner, [*words, name])
        else:
            yield " ".join(words), command.params

    return dict(walk(typer.main.get_command(build_app()), []))


COMMANDS = {words: given for words, given in commands().items() if words not in LEFT_OUT}
ON_NETWORKS = [
    words
    for words, given in COMMANDS.items()
    if any((p.metavar or "") in ("NETWORK", "NETWORKS", "SOURCE", "A B …") for p in given)
]
ON_DATA = [words for words, given in COMMANDS.items() if any(p.name == "data" for p in given)]


def line(words: str, network: tuple[str, str], data: tuple[str, list[str]], folder: Path) -> list[str]:
    """A command line with these networks and data, and small values of what else it takes."""
    address, settings = data
    given = [*words.split()]
    networks = f"{HERE / 'hostile_networks.py'}:network"
    arguments = {
        "NETWORK": [networks], "NETWORKS": [networks], "DATA": [address], "QUERIES": [address], "RUN": [str(folder / "run")],
        "RUN...": [str(folder / "run")], "RUN RUN [RUN...]": [str(folder / "run")] * 2, "SOURCE": [f"{HERE / 'hostile_networks.py'}:{network[0]}"],
        "TARGET": ["repscope:resnet20-digits"], "A B …": [f"{HERE / 'hostile_networks.py'}:{network[0]}", "repscope:resnet20-digits"],
        "MAP": [str(folder / "map.safetensors")], "STORE": [str(folder / "store.npy")], "NAME": [],
    }  # fmt: skip
    options = {
        "out": [str(folder / WRITTEN.get(words, "run" if words in ("record", "analyze") else words.replace(" ", "-")))],
        "pipeline": [str(folder / "transfer" / "pipeline.safetensors")],
        "index": [str(folder / "index.npy")],
        "to": ["onnx"],
        "class_": ["0"],
        "methods": ["saliency"],
        "kind": ["ridge"],
        "data": [address],
        "network_set": [f"kind={network[0]}", "size=16"],
        "data_set": settings,
        **{name: [str(value)] for name, value in SMALL.items()},
    }
    for parameter in COMMANDS[words]:
        if parameter.param_type_name == "argument":
            assert parameter.metavar in arguments, f"no value is known for {parameter.metavar} of 'repscope {words}'"
            given += arguments[parameter.metavar]
        elif parameter.name in options and (parameter.name not in ("index", "to") or parameter.required):
            for value in options[parameter.name]:
                given += [parameter.opts[0], value]
        else:
            assert not parameter.required, f"no value is known for {parameter.opts[0]} of 'repscope {words}'"
    return given


def data_function(kind: str) -> tuple[str, list[str]]:
    return f"{HERE / 'hostile_data.py'}:data", [f"kind={kind}"]


def complaint(given: list[str], capsys) -> str:
    """What is wrong with how a command line ended; nothing if it ended well or with a sentence."""
    capsys.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of TorchScript
        try:
            main(given)
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        except BaseException as error:  # whatever is raised is what this looks for
            return f"{type(error).__name__}: {error}"
    told = capsys.readouterr().err
    if "Traceback" in told or UNEXPECTED in told:
        return told
    if code in (0, 2, 130):
        return ""
    sentence = re.search(r"^repscope: (.*)", told, re.MULTILINE)
    if (
        code != 1
        or sentence is None
        or len(sentence[1].split()) < 4
        or re.match(r"\[Errno|<class|\w+Error\b", sentence[1])
    ):
        return f"exit {code}: {told}"
    return ""


def complaints(lines: list[list[str]], capsys) -> list[str]:
    told = [(" ".join(given), complaint(given, capsys)) for given in lines]
    return [f"{given}\n    {text[-400:]}" for given, text in told if text]


@pytest.fixture(autouse=True)
def quiet_again():
    yield
    from repscope.core.progress import set_quiet

    set_quiet(False)


NETWORK_KINDS, DATA_KINDS, FOLDER_KINDS = list(NETWORKS), list(DATA), list(FOLDERS)


@pytest.mark.parametrize("kind", NETWORK_KINDS)
def test_networks_that_are_difficult(kind, capsys, tmp_path):
    other = ON_NETWORKS[NETWORK_KINDS.index(kind) % len(ON_NETWORKS)]
    lines = [line(words, (kind,), data_function("plain"), tmp_path) for words in dict.fromkeys(["record", other])]
    assert not complaints(lines, capsys)


@pytest.mark.parametrize("kind", DATA_KINDS)
def test_data_sets_that_are_difficult(kind, capsys, tmp_path):
    other = ON_DATA[DATA_KINDS.index(kind) % len(ON_DATA)]
    lines = [line(words, PLAIN, data_function(kind), tmp_path) for words in dict.fromkeys(["data", "record", other])]
    assert not complaints(lines, capsys)


def folder_data(kind: str, folder: Path) -> tuple[str, list[str]]:
    place = folder / "pictures"
    place.mkdir()
    FOLDERS[kind](place)
    return f"folder:{place}", []


@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_folders_that_are_difficult(kind, capsys, tmp_path):
    address = folder_data(kind, tmp_path)
    other = ON_DATA[FOLDER_KINDS.index(kind) % len(ON_DATA)]
    lines = [line(words, PLAIN, address, tmp_path) for words in dict.fromkeys(["data", "record", other])]
    assert not complaints(lines, capsys)


@pytest.mark.parametrize("words", ON_NETWORKS)
def test_every_command_works_where_nothing_is_difficult(words, capsys, tmp_path):
    given = line(words, PLAIN, data_function("plain"), tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(given)
    assert not stopped.value.code, capsys.readouterr().err


def test_every_command_is_covered(tmp_path):
    assert {"analyze", "record", "layers", "look", "transfer", "retrieve", "cost", "train", "bridge fit", "map"} <= set(
        ON_NETWORKS
    )
    for words in COMMANDS:
        assert line(words, PLAIN, data_function("plain"), tmp_path)


def test_a_fault_of_repscope_is_told_from_a_sentence(capsys, monkeypatch, tmp_path):
    import repscope.activations

    def broken(_network):
        raise KeyError("x")

    monkeypatch.setattr(repscope.activations, "list_layers", broken)
    told = complaint(line("layers", PLAIN, data_function("plain"), tmp_path), capsys)
    assert UNEXPECTED in told
    assert "Traceback" not in told
    with pytest.raises(KeyError):
        main([*line("layers", PLAIN, data_function("plain"), tmp_path), "--debug"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", NETWORK_KINDS)
def test_every_command_with_every_network(kind, capsys, tmp_path):
    lines = [line(words, (kind,), data_function("plain"), tmp_path) for words in COMMANDS]
    assert not complaints(lines, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("kind", DATA_KINDS)
def test_every_command_with_every_data_set(kind, capsys, tmp_path):
    lines = [line(words, PLAIN, data_function(kind), tmp_path) for words in COMMANDS]
    assert not complaints(lines, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_every_command_with_every_folder(kind, capsys, tmp_path):
    address = folder_data(kind, tmp_path)
    assert not complaints([line(words, PLAIN, address, tmp_path) for words in COMMANDS], capsys)


STUDIED = ("half", "takes_list", "two_arguments", "method_train", "energy", "sparse", "lazy", "scripted", "exported", "compiled",
           "plain_list", "sequence_first", "prototypes", "no_parameters", "counts", "random", "in_place", "gives_pair", "gives_text",
           "gives_nan", "inner_complex", "raises", "fails_to_build")  # fmt: skip
"""Networks that fail, or behave, each in another way."""

FEW = {"epochs": 1, "seeds": 2, "samples": 40, "few": 4, "steps": 1, "at": "[0, 1]", "lengths": "[1]", "layer": "input"}
"""Settings that make a study quick."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", STUDIED)
def test_every_study_with_many_networks(kind, capsys, tmp_path):
    address = f"{HERE / 'hostile_networks.py'}:network"
    lines = []
    for name in STUDIES:
        fields = STUDIES[name].__dataclass_fields__
        given = [f"--set=network={address}"] if "network" in fields else []
        if "networks" in fields:
            given += [f"--set=networks=[{address}, repscope:resnet20-glyphs]"]
        if given:
            if "network_settings" in fields:
                given += [f"--set=network_settings={{kind: {kind}, size: 16, classes: 10}}"]
            given += [f"--set={setting}={value}" for setting, value in FEW.items() if setting in fields]
            lines.append(["study", name, "--out", str(tmp_path / name), *given])
    assert len(lines) > 10
    assert not complaints(lines, capsys)
