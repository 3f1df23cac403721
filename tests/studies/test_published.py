"""The figures of the papers are in the package, with their source."""

import pytest

from repscope.core.errors import NotFound
from repscope.studies import PUBLISHED_SOURCES, published


@pytest.mark.parametrize("name", PUBLISHED_SOURCES)
def test_every_table_is_whole_and_has_a_source(name):
    rows = published(name)
    assert len(rows) > 5
    assert all(set(row) == set(rows[0]) and None not in row for row in rows)
    assert "Hryniowski" in PUBLISHED_SOURCES[name]


def test_a_table_that_is_not_there():
    with pytest.raises(
        NotFound, match="there is no published table 'imagenet'; known: 'resnet20_representational_response'"
    ):
        published("imagenet")
