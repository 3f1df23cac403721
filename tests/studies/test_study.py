"""What all studies keep to: settings, folders, interruption, what is written; and the small ones from end to end."""

import json

import pytest

from repscope.core.engines.local import Local
from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.studies import STUDIES, StudyResult
from repscope.studies._result import RESULT
from repscope.studies._study import Workspace

SMALL = {
    "sampling": {"layers": ("input", "stage3.2", "pool"), "sizes": (100, 200), "steps": 3},
    "pairs": {"layers": ("input", "stage3.2", "pool"), "samples": 150},
    "dimension": {"layers": ("input", "pool"), "sizes": (100, 200), "known": (2, 10), "draws": 2},
}


STOPPED = {"pairs": 1}
"""At which step a study is interrupted; at the second, if it has one."""


def small(name):
    return STUDIES[name].with_settings(SMALL[name])


@pytest.fixture(scope="module", params=sorted(SMALL))
def done(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "study"
    return request.param, folder, small(request.param).run(folder)


def test_what_is_left_can_be_read_and_drawn(done):
    _, folder, result = done
    assert result.sentences
    assert result.tables
    for figure in result.figures:
        assert (folder / "figures" / f"{figure.name}.svg").read_bytes().startswith(b"<?xml")
        assert (folder / "figures" / f"{figure.name}.csv").read_text().startswith("partition,layer")
        assert len(figure.frame()) == len(figure.table.rows)
    for table in result.tables:
        assert len((folder / "tables" / f"{table.name}.csv").read_text().splitlines()) == len(table.rows) + 1
        assert list(table.frame().columns) == list(table.columns)
    again = StudyResult.kept(folder)
    assert again.sentences == result.sentences
    assert [f.name for f in again.figures] == [f.name for f in result.figures]
    assert again.figure(result.figures[0].name).table.rows[0].score.value == result.figures[0].table.rows[0].score.value
    assert str(result).startswith(result.title)
    with pytest.raises(NotFound, match="the study has no figure 'x'"):
        result.figure("x")
    with pytest.raises(NotFound, match="the study has no table 'x'"):
        result.table("x")


def test_again_does_nothing(done, monkeypatch):
    name, folder, _ = done
    before = (folder / RESULT).read_bytes()
    monkeypatch.setattr(type(STUDIES[name]), "conduct", lambda *_: pytest.fail("it is on disk"))
    small(name).run(folder)
    assert (folder / RESULT).read_bytes() == before


def test_interrupted_and_resumed_gives_the_same_bytes(done, tmp_path, monkeypatch):
    name, folder, _ = done
    kept = Workspace.kept
    steps = []

    def once(self, step, compute):
        steps.append(step)
        if len(steps) == STOPPED.get(name, 2):
            raise KeyboardInterrupt
        return kept(self, step, compute)

    monkeypatch.setattr(Workspace, "kept", once)
    with pytest.raises(KeyboardInterrupt):
        small(name).run(tmp_path / "study")
    assert StudyResult.kept(tmp_path / "study") is None
    monkeypatch.setattr(Workspace, "kept", kept)
    small(name).run(tmp_path / "study")
    assert (tmp_path / "study" / RESULT).read_bytes() == (folder / RESULT).read_bytes()
    for file in sorted((folder / "figures").iterdir()):
        assert (tmp_path / "study" / "figures" / file.name).read_bytes() == file.read_bytes()


def test_the_page(done):
    from repscope.report import write_study

    _, folder, result = done
    page = write_study(result, folder)
    text = page.read_text()
    assert result.title in text
    assert page.stat().st_size < 2**20


def test_other_settings_in_the_same_folder(done):
    name, folder, _ = done
    with pytest.raises(Mismatch, match="holds a study of something else"):
        small(name).with_settings({"seed": 7}).run(folder)


def test_a_result_that_was_changed(done):
    _, folder, result = done
    file = folder / RESULT
    content = file.read_bytes()
    try:
        file.write_bytes(content.replace(result.title.encode(), b"another title"))
        with pytest.raises(Damaged, match="was changed after it was written"):
            StudyResult.kept(folder)
    finally:
        file.write_bytes(content)


def test_a_step_that_was_changed(tmp_path):
    space = Workspace(tmp_path, print, Local())
    assert space.kept("step", lambda: [1, 2.5]) == [1, 2.5]
    file = tmp_path / "steps" / "step.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "value": [1, 3]}))
    with pytest.raises(Damaged, match="was changed after it was written; delete it"):
        space.kept("step", list)


def test_a_folder_that_holds_something_else(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="holds something else; give the study a folder of its own"):
        small("pairs").run(tmp_path)


def test_settings():
    sampling = STUDIES["sampling"]
    assert sampling.with_settings({"sizes": [100, 300], "partition": "validation"}).sizes == (100, 300)
    with pytest.raises(NotFound, match=r"the study 'sampling' has no setting 'size'; .*'sizes'"):
        sampling.with_settings({"size": 3})
    with pytest.raises(BadInput, match=r"the setting steps of the study 'sampling' is 'many': .*integer"):
        sampling.with_settings({"steps": "many"})


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("sampling", {"steps": 1}, "steps = 1; expected 2 or more"),
        ("sampling", {"sizes": (50, 50)}, "two or more different numbers of samples"),
        ("sampling", {"sizes": (50, 10**6)}, "1000000 samples were asked for; 'digits' has 1297"),
        ("dimension", {"known": ()}, "expected dimensions and draws of 1 or more"),
        ("pairs", {"layers": ("input",), "samples": 50}, "the pattern chooses 1 layers; expected three or more"),
        ("ab", {"seeds": 1}, "the first family has 1 networks; expected two or more seeds"),
        ("ab", {"second": {"learning": 3}}, "the second recipe has the settings learning; expected some of epochs"),
        ("ab", {"second_name": "plain"}, "both families are called 'plain'"),
        ("dynamics", {"checkpoints": ("a",)}, "one checkpoint shows no change"),
        ("dynamics", {"at": (99,)}, r"at = \[99\] names epochs that the training does not have; expected 0 to 5"),
        (
            "dynamics",
            {"checkpoints": ("a", "b"), "weights": "c"},
            "weights = 'c' begin a training, and checkpoints are of one",
        ),
        ("grounding", {"seeds": 1}, "seeds = 1; expected two or more"),
        ("grounding", {"measures": ("class_similarity",)}, "'class_similarity' is of single layers"),
    ],
)
def test_refusals(name, settings, text, tmp_path):
    with pytest.raises(BadInput, match=text):
        STUDIES[name].with_settings(settings).run(tmp_path / "study")
