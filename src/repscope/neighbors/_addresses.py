"""From an address to a method: ``exact``, ``ivf:nprobe=32``."""

import dataclasses
from typing import Any, get_type_hints

from repscope.core.errors import BadInput
from repscope.neighbors._search import METHODS, Method


def load_method(address: str, memory: int | str | None = None, device: str | None = None) -> Method:
    """The method of an address: a name, and parameters if they are to differ from its own.

    Parameters
    ----------
    address : str
        ``exact``, ``ivf``, ``ivf:nprobe=32,nlist=256`` …
    memory : int or str, optional
        Budget, for methods that have one.
    device : str, optional
        ``"cpu"``, ``"cuda"`` …, for methods that can search on a GPU.

    Raises
    ------
    NotFound
        If there is no method of that name.
    BadInput
        If it has no such parameter, or the value is not of its type.

    Examples
    --------
    >>> load_method("exact:product=float32", memory="1GiB")
    Exact(product='float32', overfetch=None, memory='1GiB', device=None)
    """
    import yaml
    from pydantic import TypeAdapter, ValidationError

    name, _, rest = address.partition(":")
    method = METHODS[name]
    fields = {field.name: field for field in dataclasses.fields(method)}
    types = get_type_hints(type(method))
    values: dict[str, Any] = {}
    for part in rest.split(",") if rest else []:
        field, equals, text = part.partition("=")
        if field not in fields or not equals:
            raise BadInput(
                f"the method {name!r} has no parameter {field!r}; write {name}:PARAMETER=VALUE with one of {', '.join(fields)}"
            )
        value = yaml.safe_load(text)
        try:
            values[field] = TypeAdapter(types[field]).validate_python(value)
        except ValidationError as error:
            raise BadInput(f"{part!r} in {address!r}: expected {types[field]}, got {value!r}") from error
    given = {"memory": memory, "device": device}
    values |= {name: value for name, value in given.items() if value is not None and name in fields}
    return dataclasses.replace(method, **values)
