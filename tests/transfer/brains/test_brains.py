"""Brains: the simulated truth and its ceiling come back; missing trials; files; assemblies; readouts under equal noise."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_predict

from repscope.core.errors import BadInput, Damaged, Mismatch, NotFound
from repscope.transfer.brains import (
    Responses,
    from_assembly,
    predictivity,
    read_responses,
    readout,
    simulated_responses,
)

FEATURES = np.random.default_rng(0).normal(size=(1200, 8))


@pytest.mark.parametrize("explained", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("reliability", [0.3, 0.8])
def test_the_truth_and_its_ceiling_come_back(explained, reliability):
    responses = simulated_responses(FEATURES, 60, 4, explained, reliability)
    found = predictivity(FEATURES, responses)
    assert found.ceiling == pytest.approx(reliability, abs=0.02)
    assert found.value == pytest.approx(explained, abs=0.04)
    assert found.interval[0] - 0.03 < explained < found.interval[1] + 0.03
    assert found.score.null == 0
    np.testing.assert_allclose(found.ceilings.mean(), found.ceiling, atol=0.01)


def test_left_uncorrected_it_is_what_scikit_learn_cross_validates():
    responses = simulated_responses(FEATURES[:300], 5, 1)
    found = predictivity(FEATURES[:300], responses)
    predicted = cross_val_predict(
        RidgeCV(np.logspace(-3, 3, 20), alpha_per_target=True), FEATURES[:300], responses.mean, cv=10
    )
    errors = ((responses.mean - predicted) ** 2).sum(axis=0)
    np.testing.assert_allclose(found.r2, 1 - errors / (300 * responses.mean.var(axis=0)), atol=0.03)
    assert np.isnan(found.ceiling)
    assert found.notes == (
        "every image was shown once, so how much could be predicted is not known: the value is not corrected",
    )


def test_the_correction_is_needed():
    responses = simulated_responses(FEATURES, 30, 3, explained=1.0, reliability=0.3)
    found = predictivity(FEATURES, responses)
    assert found.r2.mean() < 0.35 < 0.9 < found.value


def test_more_features_than_images_do_not_predict_noise():
    random = np.random.default_rng(1)
    found = predictivity(
        random.normal(size=(100, 400)), random.normal(size=(3, 100, 10)) + random.normal(size=(100, 10))
    )
    assert found.value < 0.1


def test_neither_turns_of_the_features_nor_units_of_the_neurons_matter():
    responses = simulated_responses(FEATURES[:200], 6)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(8, 8)))[0]
    first = predictivity(FEATURES[:200], responses)
    second = predictivity(5 + FEATURES[:200] @ turn, 3 + responses.values * np.arange(1, 7))
    assert first.value == pytest.approx(second.value, abs=1e-6)
    assert first.ceiling == pytest.approx(second.ceiling, abs=1e-9)


def test_missing_trials_change_the_estimate_little():
    responses = simulated_responses(FEATURES, 40, 5, 0.6, 0.5)
    values = responses.values.copy()
    gone = np.random.default_rng(0).uniform(size=values.shape) < 0.3
    gone[0] = False
    values[gone] = np.nan
    found, whole = predictivity(FEATURES, values), predictivity(FEATURES, responses)
    assert found.value == pytest.approx(whole.value, abs=0.04)
    assert found.ceiling < whole.ceiling


@pytest.mark.parametrize(
    ("features", "responses", "error", "message"),
    [
        (FEATURES[:30], np.zeros((2, 29, 3)), Mismatch, "features are of 30 images and responses to 29"),
        (FEATURES[:10], np.zeros((2, 10, 3)), BadInput, "predictivity got 10 images; expected 20 or more"),
        (np.ones((30, 4)), np.random.default_rng(0).normal(size=(2, 30, 3)), BadInput, "features' representation"),
        (FEATURES[:30], np.ones((2, 30, 3)), BadInput, "3 of 3 neurons answer every image alike, such as '0'"),
        (FEATURES[:30], np.full((2, 30, 3), np.inf), BadInput, "the responses hold infinite numbers"),
        (
            FEATURES[:30],
            np.full((2, 30, 3), np.nan),
            BadInput,
            "90 times a neuron has no trial of an image, such as '0' of '0'",
        ),
        (FEATURES[:30], np.zeros(30), BadInput, r"responses are float64 of shape \(30,\); expected numbers"),
    ],
)
def test_what_cannot_be_predicted(features, responses, error, message):
    with pytest.raises(error, match=message):
        predictivity(features, responses)


def test_responses_that_do_not_repeat():
    # the mean over four trials varies less than single trials say it should
    alternating = np.random.default_rng(0).normal(size=(2, 40, 3))
    values = np.concatenate([alternating, -alternating + 1e-3 * np.arange(40)[None, :, None]])
    with pytest.raises(BadInput, match=r"no greater than noise alone would make it .* more presentations are needed"):
        predictivity(FEATURES[:40], values)


def test_one_neuron_that_was_shown_nothing_twice():
    values = simulated_responses(FEATURES[:50], 3, 2).values.copy()
    values[1, :, 2] = np.nan
    with pytest.raises(BadInput, match="1 of 3 neurons were shown no image twice"):
        predictivity(FEATURES[:50], values)


def test_the_noise_of_single_trials():
    responses = simulated_responses(FEATURES, 50, 4, reliability=0.5)
    # four trials whose mean is half noise: variance 1 of the signal, 4 of one trial
    assert responses.noise.mean() == pytest.approx(4, rel=0.03)


def test_files_come_back_and_images_are_found_by_id(tmp_path):
    responses = Responses.of(np.arange(12.0).reshape(2, 3, 2), ["a", "b", "c"], ["n1", "n2"])
    back = read_responses(responses.save(tmp_path / "it.npz"))
    assert (back.ids, back.neurons) == (("a", "b", "c"), ("n1", "n2"))
    np.testing.assert_array_equal(back.values, responses.values)
    assert back.at(["c", "a"]).values[0].tolist() == [[4, 5], [0, 1]]
    with pytest.raises(Mismatch, match="1 of 2 images are not among the 3 that were shown, such as 'd'"):
        back.at(["a", "d"])


def test_files_that_are_none(tmp_path):
    with pytest.raises(NotFound, match="there is no file"):
        read_responses(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no zip")
    with pytest.raises(Damaged, match=r"cannot be read as .npz without objects"):
        read_responses(tmp_path / "text.npz")
    np.savez(tmp_path / "objects.npz", responses=np.zeros((1, 2, 2)), ids=np.array(["a", {}], dtype=object))
    with pytest.raises(Damaged, match="without objects"):
        read_responses(tmp_path / "objects.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(BadInput, match="holds x; expected 'responses'"):
        read_responses(tmp_path / "other.npz")
    np.savez(tmp_path / "few.npz", responses=np.zeros((1, 2, 2)), ids=np.array(["a"]))
    with pytest.raises(BadInput, match=r"responses of shape \(1, 2, 2\) came with 1 ids"):
        read_responses(tmp_path / "few.npz")
    with pytest.raises(BadInput, match="the ids of the responses repeat"):
        Responses.of(np.zeros((2, 1)), ["a", "a"])


class Assembly:
    """As much of an xarray array as an assembly needs."""

    def __init__(self, values, dims, coords):
        self.values, self.dims, self.coords = values, dims, coords
        self.sizes = dict(zip(dims, values.shape, strict=True))

    def transpose(self, *dims):
        order = [self.dims.index(d) for d in dims]
        return Assembly(self.values.transpose(order), dims, self.coords)

    def squeeze(self, dim):
        axis = self.dims.index(dim)
        return Assembly(self.values.squeeze(axis), tuple(d for d in self.dims if d != dim), self.coords)

    def __getitem__(self, name):
        return type("Coordinate", (), {"values": np.array(self.coords[name])})


def test_an_assembly_of_brain_score():
    # neuroids × presentations × one time bin; image b was shown twice
    assembly = Assembly(
        np.arange(6.0).reshape(2, 3, 1),
        ("neuroid", "presentation", "time_bin"),
        {"stimulus_id": ["b", "a", "b"], "neuroid_id": ["x", "y"]},
    )
    found = from_assembly(assembly)
    assert (found.ids, found.neurons) == (("b", "a"), ("x", "y"))
    assert found.values[0].tolist() == [[0, 3], [1, 4]]
    assert found.values[1, 0].tolist() == [2, 5]
    assert np.isnan(found.values[1, 1]).all()


def test_assemblies_that_are_none():
    with pytest.raises(BadInput, match=r"dimensions .*; expected presentation and neuroid, with one time_bin chosen"):
        from_assembly(Assembly(np.zeros((2, 2, 3)), ("neuroid", "presentation", "time_bin"), {}))
    with pytest.raises(BadInput, match="has no coordinate 'stimulus_id'"):
        from_assembly(Assembly(np.zeros((2, 2)), ("neuroid", "presentation"), {}))


def test_a_real_xarray_is_an_assembly():
    xarray = pytest.importorskip("xarray")
    values = xarray.DataArray(
        np.arange(6.0).reshape(3, 2),
        dims=("presentation", "neuroid"),
        coords={"stimulus_id": ("presentation", ["b", "a", "b"]), "neuroid_id": ("neuroid", ["x", "y"])},
    )
    assert from_assembly(values).mean.tolist() == [[2.0, 3.0], [2.0, 3.0]]


def test_readouts_rise_with_the_units_and_fall_with_noise():
    random = np.random.default_rng(0)
    labels = np.arange(240) % 4
    layer = random.normal(size=(240, 60)) + 0.8 * random.normal(size=(4, 60))[labels]
    exact, noisy = readout(layer, labels, (2, 10, 50), draws=4), readout(layer, labels, (2, 10, 50), 4, [0.1, 0.2])
    means = [score.value for score in exact.scores]
    assert means == sorted(means)
    assert means[0] > exact.chance == 0.25
    assert all(a.value > b.value for a, b in zip(exact.scores, noisy.scores, strict=True))
    assert noisy.frame()["units"].tolist() == [2, 10, 50]


def test_noise_leaves_the_share_that_was_asked_for():
    from repscope.transfer.brains._readout import _noisy

    units = np.random.default_rng(0).normal(size=(40_000, 3)) * [1, 5, 0.1]
    noisy = _noisy(units, np.array([0.25]), np.random.default_rng(1))
    np.testing.assert_allclose(units.var(axis=0) / noisy.var(axis=0), 0.25, rtol=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: readout(FEATURES[:40], np.arange(40) % 2, (9,)), r"samples of \[9\] units, 5 times each, of 8 units"),
        (lambda: readout(FEATURES[:40], np.arange(40) % 2, (2,), 1, [np.nan]), "expected the ceilings of neurons"),
        (lambda: simulated_responses(FEATURES, explained=2), "explained = 2 and reliability = 0.5"),
        (lambda: simulated_responses(FEATURES, neurons=0), "0 neurons and 4 presentations"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_refused(call, message):
    with pytest.raises(BadInput, match=message):
        call()
