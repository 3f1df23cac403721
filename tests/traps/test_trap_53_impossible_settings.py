"""Trap 53: settings that cannot work are found after the long work. Ours: refused before it."""

import pytest

from repscope.core.errors import BadInput
from repscope.studies import STUDIES


def test_interchange_refuses_maps_that_need_pairs_before_it_embeds() -> None:
    study = STUDIES["interchange"].with_settings({"kinds": ["unit_norm"]})
    with pytest.raises(BadInput, match="the kind 'unit_norm' needs the pairs themselves"):
        study.check()
