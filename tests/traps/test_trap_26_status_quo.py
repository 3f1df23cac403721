"""Trap 26: a migration's table without the status quo makes a map look good that loses to doing nothing."""

import numpy as np

from repscope.maps import check_migration
from tests.maps.test_migration import world


def test_the_status_quo_is_always_a_row_and_the_verdict_reads_it():
    parts, relevance = world(noise=1.2, old_noise=0.1, seed=3)
    found = check_migration(*parts, relevance=relevance)
    mapped, naive, status = (found.row(way) for way in ("mapped, queries", "naive swap", "status quo"))
    assert mapped.recall[0] > 2 * naive.recall[0]  # the trap: looks good beside the naive swap alone
    assert np.mean(mapped.per_query) < np.mean(status.per_query)
    assert found.rows[0].way == "status quo"
    assert "eep the old model" in found.verdict
    assert "status quo" in found.verdict
