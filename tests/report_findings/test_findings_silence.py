"""Noise has no findings: for each of twenty seeds, whatever the sizes of the parts."""

from typing import Any

import numpy as np
import pytest

from repscope.report.findings import compare_findings, findings
from tests.report_findings.simulated_runs import (
    CURVES,
    SimulatedRun,
    blobs,
    compared,
    of_dimensions,
    random_network,
    separating,
    split,
    whole,
)

SEEDS = range(20)
ABOUT_CLASSES = {"separability", "cluster_spike", "contraction", "overfitting"}
ABOUT_PARTS = {"overfitting", "drift"}


def kinds(run: Any) -> set[str]:
    return {finding.kind for finding in findings(run)}


@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_labels_say_nothing_about_classes_or_overfitting(seed: int) -> None:
    points, labels = blobs(500, seed)
    labels = np.random.default_rng(seed).permutation(labels)
    run = split(random_network(points, seed), labels, first=250, k=10, measures=CURVES)
    assert not kinds(run) & ABOUT_CLASSES


@pytest.mark.parametrize("seed", SEEDS)
def test_two_halves_of_one_partition_neither_drift_nor_overfit(seed: int) -> None:
    points, labels = blobs(500, seed)
    assert not kinds(split(random_network(points, seed), labels, first=250, k=10, measures=CURVES)) & ABOUT_PARTS


@pytest.mark.parametrize("seed", SEEDS)
def test_two_unequal_parts_of_one_partition_neither_drift_nor_overfit(seed: int) -> None:
    """A curved sheet under noise: its dimension grows with the number of samples, and classes lie on small patches."""
    generator = np.random.default_rng(seed)
    angles = generator.uniform(0, 2 * np.pi, size=(900, 2))
    sheet = np.concatenate([np.cos(angles), np.sin(angles), np.cos(2 * angles), np.sin(2 * angles)], axis=1)
    labels = (np.floor(angles[:, 0] / (np.pi / 3)) + 6 * np.floor(angles[:, 1] / (np.pi / 2))).astype(int) % 7
    layers = {
        f"layer{i}": sheet + width * generator.normal(size=sheet.shape) for i, width in enumerate((0.02, 0.1, 0.3))
    }
    assert not kinds(split(layers, labels, first=700, k=14, measures=CURVES)) & ABOUT_PARTS


@pytest.mark.parametrize("seed", SEEDS)
def test_halves_with_unequal_classes_behind_a_trained_network_neither_drift_nor_overfit(seed: int) -> None:
    labels = np.random.default_rng(seed).choice(4, 500, p=(0.4, 0.3, 0.2, 0.1))
    layers = separating(labels, (0.5, 1.5, 3.0, 5.0), seed)
    assert not kinds(split(layers, labels, first=300, k=12, measures=CURVES)) & ABOUT_PARTS


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_with_different_shares_of_the_classes_neither_drift_nor_overfit(seed: int) -> None:
    generator = np.random.default_rng(seed)
    shares = (0.7, 0.15, 0.15), (0.3, 0.35, 0.35)
    labels = np.concatenate([generator.choice(3, 300, p=p) for p in shares])
    layers = {f"late{name}": points for name, points in separating(labels, (0.5, 1.0, 3.0), seed).items()}
    assert not kinds(split(layers, labels, first=300, k=15, measures=CURVES)) & ABOUT_PARTS


@pytest.mark.parametrize("seed", SEEDS)
def test_pure_noise_says_nothing_at_all(seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 4, 400)
    assert findings(split(of_dimensions((12,) * 6, 400, seed), labels, first=200, k=8)) == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_two_networks_of_pure_noise_say_nothing_at_all(seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 4, 400)
    runs = [
        SimulatedRun(
            split(of_dimensions((12,) * 4, 400, 50 * seed + i), labels, first=200, k=8).parts, name=f"network{i}"
        )
        for i in (1, 2)
    ]
    assert compare_findings(compared(*runs)) == ()


def test_one_run_beside_itself_has_no_differences() -> None:
    points, labels = blobs(300, 0)
    run = whole(random_network(points, 0), labels, k=10)
    assert {f.kind for f in compare_findings(compared(run, run))} == set()
