"""The explorer's data: which samples are offered, how they are packed, and that they say what the graphs say."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from repscope.core.errors import BadInput
from repscope.core.sprites import sprite_sheet
from repscope.report._explorer import explorer_of_run, explorer_of_runs, majority
from repscope.report._packing import pack_uint16, unpack_uint16
from repscope.report._selection import select_samples
from tests.report.made_run import clustered_indices, make_run, pictures, shifted_indices


@given(arrays.arrays(np.int64, arrays.array_shapes(max_dims=3, max_side=9), elements=st.integers(0, 2**16 - 1)))
def test_packing_is_undone_by_unpacking(values):
    assert np.array_equal(unpack_uint16(pack_uint16(values)), values)


@pytest.mark.parametrize("values", [[-1, 3], [0, 2**16]])
def test_what_does_not_fit_sixteen_bits_is_refused(values):
    with pytest.raises(BadInput, match=rf"cannot pack values from {values[0]} to {values[1]} into 16 bits"):
        pack_uint16(np.array(values))


def stacked(n, layers=4, seed=0, labels=None):
    if labels is None:
        return np.stack([shifted_indices(n, 10, seed + i) for i in range(layers)], axis=1)
    return np.stack([clustered_indices(labels, 0.3 + 0.3 * i, 10, seed + i) for i in range(layers)], axis=1)


def test_all_samples_are_offered_while_their_pictures_fit():
    chosen = select_samples(stacked(200), np.arange(200) % 5, budget=200)
    assert chosen.queries.tolist() == chosen.pictures.tolist() == list(range(200))


@given(st.integers(60, 400), st.integers(1, 60), st.integers(0, 5), st.booleans())
def test_every_offered_sample_has_all_its_pictures(n, budget, seed, labelled):
    lists = stacked(n, 2, seed)
    chosen = select_samples(lists, np.arange(n) % 7 if labelled else None, budget, seed)
    assert len(chosen.queries) >= 1
    needed = np.union1d(chosen.queries, lists[chosen.queries])
    assert np.isin(needed, chosen.pictures).all()
    assert len(chosen.pictures) <= max(budget, 2 * 10 + 1)  # one sample is offered, whatever it needs


def test_the_choice_is_the_same_each_time_spread_over_the_classes_and_can_be_walked():
    labels = np.arange(1200) % 10
    lists = stacked(1200, layers=2, labels=labels)
    first, second = (select_samples(lists, labels, budget=400) for _ in range(2))
    assert np.array_equal(first.queries, second.queries)
    assert np.array_equal(first.pictures, second.pictures)
    counts = np.bincount(labels[first.queries], minlength=10)
    assert counts.min() > 0.3 * counts.max()
    assert len(first.pictures) <= 400
    steps = np.isin(lists[first.queries], first.queries)
    assert steps.mean() > 2 * len(first.queries) / 1200


def decoded(sheet):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet.data))).convert("RGB"))


def tile(sheet, image, position):
    row, column = divmod(position, sheet.columns)
    top, left = row * sheet.cell, column * sheet.cell
    return image[top : top + sheet.side, left : left + sheet.side].astype(float)


@pytest.mark.parametrize("side", [9, 28, 32, 48])
def test_every_picture_is_found_again_in_its_cell(side):
    originals = pictures(np.arange(23) % 10, side, seed=0, noise=3)
    sheet = sprite_sheet(originals)
    image = decoded(sheet)
    for position in range(23):
        errors = [np.abs(tile(sheet, image, position) - other).mean() for other in originals]
        assert int(np.argmin(errors)) == position
        assert errors[position] < 12


def test_a_sheet_that_would_be_too_large_loses_quality_and_then_size():
    noise = np.random.default_rng(0).integers(0, 256, size=(60, 48, 48, 3)).astype(np.uint8)
    sizes = []
    for budget in (10**7, 75_000, 20_000, 1):
        sheet = sprite_sheet(noise, budget)
        sizes.append((sheet.side, len(sheet.data)))
        assert len(base64.b64decode(sheet.data)) <= budget or budget == 1
        assert sheet.count == 60
    assert [side for side, _ in sizes] == [48, 48, 24, 12]
    assert sizes == sorted(sizes, reverse=True)


def test_votes_are_counted_as_one_would_by_hand():
    generator = np.random.default_rng(1)
    around = generator.integers(0, 6, size=(200, 9))
    slow = [min(set(row), key=lambda c: (-row.count(c), c)) for row in around.tolist()]
    assert majority(around).tolist() == slow


def test_the_explorer_says_what_the_graphs_say(run):
    explorer = explorer_of_run(run)
    assert [s.key for s in explorer.sources] == ["validation", "train"]
    for source in explorer.sources:
        recording = run.recording(source.key)
        labels = recording.labels
        lists, agree, vote = (unpack_uint16(getattr(source, name)) for name in ("neighbours", "agree", "vote"))
        assert unpack_uint16(source.queries).tolist() == list(range(recording.n))
        assert explorer.galleries[source.gallery].ids == recording.ids
        for number, layer in enumerate(run.layers):
            indices = run.graph(layer, source.key).indices
            assert np.array_equal(lists[:, number], indices[:, :10])
            for row in range(recording.n):
                around = labels[indices[row]].tolist()
                assert agree[row, number] == around.count(labels[row])
                assert around.count(vote[row, number]) == max(around.count(c) for c in set(around))


def test_further_partitions_are_shown_while_pictures_are_few(run, monkeypatch):
    monkeypatch.setattr("repscope.report._explorer.SECOND", 209)
    assert [g.partition for g in explorer_of_run(run).galleries] == ["validation"]
    monkeypatch.setattr("repscope.report._explorer.SECOND", 210)
    assert [g.partition for g in explorer_of_run(run).galleries] == ["validation", "train"]


def test_beyond_the_budget_the_positions_name_the_same_samples(run):
    explorer = explorer_of_run(run, budget=70)
    assert len(explorer.sources) == 1
    (gallery,), (source,) = explorer.galleries, explorer.sources
    assert (gallery.partition, gallery.total) == ("validation", 90)
    assert len(gallery.ids) <= 70
    recording = run.recording("validation")
    queries, lists = unpack_uint16(source.queries), unpack_uint16(source.neighbours)
    for row, position in enumerate(queries):
        sample = recording.ids.index(gallery.ids[position])
        for number, layer in enumerate(run.layers):
            expected = [recording.ids[i] for i in run.graph(layer, "validation").indices[sample, :10]]
            assert [gallery.ids[p] for p in lists[row, number]] == expected


def test_two_networks_share_their_pictures(run, tmp_path):
    other = make_run(tmp_path / "other", {"train": 120, "validation": 90}, k=7, seed=4)
    names = ("first", "second")
    explorer = explorer_of_runs((run, other), names, names, "validation")
    assert len(explorer.galleries) == 1
    assert [s.k for s in explorer.sources] == [12, 7]
    lists, agree = (unpack_uint16(getattr(explorer.sources[1], name)) for name in ("neighbours", "agree"))
    assert lists.shape[2] == 10  # more than the run's k, which the counts keep to
    recording, layer = other.recording("validation"), other.layers[3]
    assert np.array_equal(lists[:, 3], recording.graph(layer, 10).indices)
    same = recording.labels[other.graph(layer, "validation").indices] == recording.labels[:, None]
    assert agree[:, 3].tolist() == same.sum(axis=1).tolist()


def test_of_many_samples_no_further_graphs_are_built(run, tmp_path, monkeypatch):
    monkeypatch.setattr("repscope.report._explorer.CHEAP", 20)
    few = make_run(tmp_path / "few", {"validation": 30}, ("input", "pool"), k=4)
    assert explorer_of_run(few).sources[0].nearest == 4
