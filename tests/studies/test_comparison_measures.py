"""compare with any measure of pairs: values, chance over orders of the samples, and refusals."""

import numpy as np
import pytest

from repscope import analyze, cka, compare, load_data, load_network
from repscope.core.errors import BadInput, Mismatch

LAYERS = ["input", "stage3.2", "pool"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    data = load_data("digits").partition("validation").balanced(150)
    folder = tmp_path_factory.mktemp("runs")
    return [
        analyze(load_network("repscope:resnet20", weights="random", seed=s), data, LAYERS, folder / str(s))
        for s in (0, 1)
    ]


def test_cka_of_two_networks(runs):
    found = compare(*runs, measure="cka", permutations=19)
    matrix = found.table.matrix()
    arrays = [[run.recording().activations(layer) for layer in LAYERS] for run in runs]
    expected = [[cka(a, b).value for b in arrays[1]] for a in arrays[0]]
    np.testing.assert_allclose(matrix, expected, atol=1e-6)
    (test,) = found.chance.values()
    assert test.p_of_all[0, 0] == 1 / 20
    assert found.report(runs[0].path.parent / "page.html").stat().st_size > 10_000


def test_what_has_no_answer_for_some_pairs(runs):
    found = compare(*runs, measure="cca")
    values = found.table.matrix()
    assert np.isnan(values).any()
    assert any("expected more samples than" in note for row in found.table.rows for note in row.score.notes)


def test_refusals(runs, tmp_path):
    with pytest.raises(BadInput, match="orders = 3; expected 19 or more"):
        compare(*runs, measure="layer_similarity", permutations=3)
    from dataclasses import replace

    data = load_data("digits").partition("validation").balanced(150)
    other = analyze(
        load_network("repscope:resnet20", weights="random"),
        replace(data, labels=data.labels[::-1].copy()),
        LAYERS,
        tmp_path,
    )
    with pytest.raises(Mismatch, match=r"have the same samples and .* different labels"):
        compare(runs[0], other)


def test_what_is_no_run(runs, unchecked):
    with pytest.raises(
        BadInput, match=r"'cka' is no run; expected runs, such as Run\('cka'\), and a measure by its name"
    ):
        compare(*runs, "cka")
