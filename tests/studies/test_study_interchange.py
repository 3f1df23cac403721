"""Interchanging networks: the same network in other coordinates loses nothing; controls are at chance; bytes are the same."""

import numpy as np
import pytest

from repscope.core.errors import BadInput, Mismatch, NotFound
from repscope.report import write_study
from repscope.studies import STUDIES
from repscope.studies._interchange import RANDOM
from repscope.studies._interchange_published import published_summary
from tests.studies.interchange_networks import few_digits
from tools.headless import axe_violations, overflow

NETWORKS = (
    "repscope:resnet20-digits",
    "tests.studies.interchange_networks:turned",
    "tests.studies.interchange_networks:other",
)
DATA = "tests.studies.interchange_networks:few_digits"
KINDS = ("least_squares", "ridge", "through_logits", "logit_exact", "identity")


def study(**settings):
    return STUDIES["interchange"].with_settings(
        {"networks": NETWORKS, "control": NETWORKS[0], "data": DATA, "batch": 64, **settings}
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interchange")
    return study().run(folder / "study"), folder / "study"


def matrix(result, figure: str, kind: str):
    table = next(f for f in result.figures if f.name == figure).table.select(partition=kind)
    return {(r.layer, r.other): r.score for r in table.rows}


def test_other_coordinates_lose_nothing(done):
    result, _ = done
    names = [n for n in dict.fromkeys(r.layer for r in result.figures[0].table.rows) if n != RANDOM]
    assert len(names) == 3
    for kind in ("least squares", "through the logits", "ridge, logits kept"):
        change = matrix(result, "change", kind)
        assert all(abs(change[a, b].value) < 0.5 for a in names for b in names)
        assert all(
            change[a, b].interval[0] <= change[a, b].value <= change[a, b].interval[1] for a in names for b in names
        )
    features = matrix(result, "features", "least squares")
    assert all(features[a, b].value > 0.999 for a in names for b in names if a != b)
    assert (
        min(s.value for (a, b), s in matrix(result, "accuracy", "no map").items() if a != b and RANDOM not in (a, b))
        < 0.6
    )
    accuracy = matrix(result, "accuracy", "least squares")
    assert accuracy[names[0], names[0]].value > 0.95
    assert accuracy[names[0], RANDOM].value < 0.4
    assert accuracy[RANDOM, names[0]].value < accuracy[names[0], names[0]].value


def test_tables_and_sentences(done):
    result, folder = done
    tables = {t.name: t for t in result.tables}
    assert tables["hybrids"].columns[0] == "source ↓, target →"
    assert len(tables["hybrids"].rows) == 4
    controls = {row[0]: row[2:] for row in tables["controls"].rows}
    assert controls["chance"] == (10.0, 10.0)
    assert controls["shuffled pairs"][1] < 35
    assert set(controls) == {
        "chance",
        "no map",
        "shuffled pairs",
        "random weights as source",
        "random weights as target",
    }
    assert tables["published"].title.endswith("few_digits: not the same data")
    assert tables["published"].rows[0][1] == "−2.17"
    assert "0 of 6 hybrids are worse than their source beyond the interval" in result.sentences[1]
    assert "keeps the source's answers in 6 of 6 pairs" in result.sentences[-1]
    probes = [row[4] for row in tables["networks"].rows[:3]]
    assert min(probes) > 90
    assert (folder / "tables" / "hybrids.csv").exists()


def test_the_published_summary_is_computed():
    ridge = published_summary("imagenet_linear_ridge_top1_with_random_control")
    assert ridge["pairs"] == 90
    assert ridge["above_source"] == 0
    assert -12 < ridge["worst_change"] < -11


def test_again_and_interrupted_it_gives_the_same_bytes(done, tmp_path, monkeypatch):
    folder = done[1]
    first = (folder / "result.json").read_bytes()
    study().run(folder)
    assert (folder / "result.json").read_bytes() == first
    from repscope.maps import GramAtlas

    monkeypatch.setattr("repscope.studies._interchange.BETWEEN_SAVES", 0)
    whole, count = GramAtlas.save, []

    def save(self, where):
        whole(self, where)
        count.append(len(self))
        if len(count) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(GramAtlas, "save", save)
    with pytest.raises(KeyboardInterrupt):
        study().run(tmp_path / "again")
    assert 0 < count[-1] < len(few_digits().partition("train"))
    study().run(tmp_path / "again")
    assert (tmp_path / "again" / "result.json").read_bytes() == first


def test_what_is_not_explained(done):
    result, _ = done
    drawn = {name: data for _, name, data in result.drawings}["unexplained"]
    assert len(drawn["networks"]) == 3
    assert len(drawn["pairs"]) == 6
    assert drawn["sheet"]["count"] == len(drawn["captions"])
    for pair in drawn["pairs"].values():  # other coordinates of one network: all is explained
        assert max(pair["correlations"]) > 0.99 > pair["by_chance"]
        assert pair["share"] < 0.001
        assert np.array(pair["images"]).shape == (2, 2, 5)
        assert np.max(pair["images"]) < len(drawn["captions"])


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_page(done, open_page, theme, width):
    result, folder = done
    opened = open_page(write_study(result, folder), theme, width)
    page = opened.page
    hybrids = page.get_by_role("group", name="Hybrids", exact=True)
    readout = hybrids.locator(".readout")
    hybrids.locator("td[tabindex='0']").focus()
    assert readout.inner_text().startswith("resnet20-digits by itself is right on ")
    page.keyboard.press("ArrowRight")
    assert " into " in readout.inner_text()
    assert "R² of the features 1.000" in readout.inner_text()
    hybrids.get_by_role("button", name="no map").click()
    assert hybrids.get_by_role("grid", name="Accuracy of hybrids, no map").count() == 1
    assert hybrids.locator("svg.ring circle").count() == 3
    gaps = page.get_by_role("group", name="What a linear map does not see")
    assert gaps.locator(".end-picture canvas").count() == 20
    gaps.get_by_label("Target").select_option(label=gaps.get_by_label("Source").locator("option").last.inner_text())
    assert "Canonical correlations, " in gaps.locator("h3").last.inner_text()
    gaps.get_by_label("Target").select_option(index=0)
    assert gaps.get_by_text("Choose two different networks.").count() == 1
    assert overflow(page) <= 0
    assert axe_violations(page) == []
    assert opened.complaints == []


BACKGROUND = (NETWORKS[0], "tests.studies.interchange_networks:with_background")


def test_a_background_class_is_set_apart(tmp_path):
    accuracy = matrix(
        study(networks=BACKGROUND, background="first", kinds=("ridge",)).run(tmp_path), "accuracy", "ridge"
    )
    values = [score.value for (a, b), score in accuracy.items() if RANDOM not in (a, b)]
    assert len(values) == 4
    assert values == pytest.approx([values[0]] * 4, abs=1e-9)  # the same network in other coordinates


def test_a_background_class_is_not_guessed(tmp_path):
    with pytest.raises(
        Mismatch, match=r"has 11 outputs without names and '.*' 10 classes; set background=first or last"
    ):
        study(networks=BACKGROUND).run(tmp_path / "a")


def test_refusals(tmp_path):
    with pytest.raises(BadInput, match=r"networks = \['a'\]; expected two or more different ones"):
        study(networks=("a",)).run(tmp_path / "a")
    with pytest.raises(NotFound, match=r"there is no 'rigde' among the maps"):
        study(kinds=("rigde",)).run(tmp_path / "a")
    with pytest.raises(BadInput, match=r"kinds is empty"):
        study(kinds=()).run(tmp_path / "a")
    with pytest.raises(BadInput, match=r"background = 'middle'; expected 'first', 'last' or none"):
        study(background="middle").run(tmp_path / "a")
    with pytest.raises(BadInput, match=r"train and validation are both 'train'"):
        study(validation="train").run(tmp_path / "a")
    with pytest.raises(Mismatch, match=r"has no output for 8 classes of 'glyphs', such as 'B'"):
        study(data="glyphs").run(tmp_path / "b")


def test_numbers_are_finite(done):
    result, _ = done
    for figure in result.figures:
        assert all(np.isfinite(r.score.value) for r in figure.table.rows)
