"""Digests: of contents, not of where they lie or in which order they are named."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from repscope.core.digests import digest, digest_arrays, digest_json, digest_weights


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_equal_only_for_equal_parts(first, second):
    assert (digest(first) == digest(second)) == (first == second)


def test_is_the_same_in_every_process():
    # BLAKE2b of nothing, 16 bytes, as published with the algorithm's reference code
    assert digest([]) == "cae66941d9efbd404e4d88758ea67670"


def test_json_without_order():
    assert digest_json({"a": [1, None], "b": "ä"}) == digest_json({"b": "ä", "a": [1, None]})
    assert digest_json([1, 2]) != digest_json([2, 1])


def test_arrays_by_name_type_shape_and_value():
    a = np.arange(6, dtype=np.int64)
    of = digest_arrays({"a": a, "b": a})
    assert of == digest_arrays({"b": a.copy(), "a": np.arange(12)[::2] // 2})
    others = [
        {"a": a},
        {"a": a, "c": a},
        {"a": a, "b": a.reshape(2, 3)},
        {"a": a, "b": a.astype(np.int32)},
        {"a": a, "b": a[::-1]},
    ]
    assert len({of, *map(digest_arrays, others)}) == 6
    assert digest_arrays({"a": np.zeros((0, 3))}) != digest_arrays({"a": np.zeros((3, 0))})


def test_weights_by_parameters_and_buffers():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    of = digest_weights(module)
    copy = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    copy.load_state_dict(module.state_dict())
    assert digest_weights(copy.to(memory_format=torch.channels_last)) == of
    copy[1].running_mean += 1
    assert digest_weights(copy) != of
    assert digest_weights(module.half()) != of


def test_weights_of_a_module_with_extra_state():
    class Odd(torch.nn.Linear):
        def get_extra_state(self):
            return "not a tensor"

        def set_extra_state(self, state):
            pass

    torch.manual_seed(0)
    odd = Odd(2, 1)
    plain = torch.nn.Linear(2, 1)
    plain.load_state_dict({"weight": odd.weight, "bias": odd.bias})
    assert digest_weights(odd) == digest_weights(plain)
