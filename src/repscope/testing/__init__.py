"""Contract tests: inherit a class, name what is to be tested, and pytest proves that it keeps its promises.

_attention_tests AttentionKindTests: shapes, independence of the batch, gradients, refusals
_measure_tests   MeasureTests: bounds, interval, declared invariances, determinism, labels
_source_tests    DataSourceTests, NetworkSourceTests: what they load, twice the same, refusals

In a test file of the package that adds a measure::

    from repscope.testing import MeasureTests
    from my_package.my_measure import measure

    class TestMyMeasure(MeasureTests):
        measure = measure

They need pytest. The same classes test repscope's own measures and sources.
"""

import pytest

# So that a failing assertion shows the numbers it compared.
pytest.register_assert_rewrite(
    "repscope.testing._attention_tests", "repscope.testing._measure_tests", "repscope.testing._source_tests"
)

from repscope.testing._attention_tests import AttentionKindTests  # noqa: E402
from repscope.testing._measure_tests import MeasureTests  # noqa: E402
from repscope.testing._source_tests import DataSourceTests, NetworkSourceTests  # noqa: E402

__all__ = ["AttentionKindTests", "DataSourceTests", "MeasureTests", "NetworkSourceTests"]
