"""What a module does, beside its weights: its classes, their settings, and the code that they come from.

Two networks with the same weights are different if one has a GELU where the other has a ReLU, another stride, or a changed
line in a file of the user's own that it imports.
"""

import hashlib
import inspect
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from repscope.core.digests import digest_json
from repscope.core.own_code import digest_code

if TYPE_CHECKING:
    from torch import nn

_PLAIN = (int, float, bool, str, bytes, type(None))
_PASSING = {"training", "call_super_init", "dump_patches"}
"""Attributes of every module that say nothing about what it does in evaluation mode."""


def describe_module(module: "nn.Module") -> dict[str, Any]:
    """Digests of a module's structure and of the code it comes from, and versions of the packages it is made of; JSON.

    They do not change with the mode, the device, or a forward pass.

    Examples
    --------
    >>> from torch import nn
    >>> relu, gelu = nn.Sequential(nn.ReLU()), nn.Sequential(nn.GELU())
    >>> describe_module(relu) == describe_module(nn.Sequential(nn.ReLU())), describe_module(relu) == describe_module(gelu)
    (True, False)
    """
    classes = {cls for part in module.modules() for cls in type(part).__mro__ if cls is not object}
    structure = [[name, *_describe_part(part)] for name, part in module.named_modules()]
    code = digest_code(sorted(cls.__module__ for cls in classes))
    written = sorted(_source(cls) for cls in classes if cls.__module__ == "__main__")
    about: dict[str, Any] = {"structure": digest_json([structure, written])}
    if code is not None:
        about["code"] = code
    packages = _versions(cls.__module__.partition(".")[0] for cls in classes)
    if packages:
        about["packages"] = packages
    return about


def describe_callable(value: Any) -> str:
    """Digest of the code of the user's own that a function, or an object that is called, comes from, and of its settings."""
    own = getattr(value, "transform", value)
    kind = own if inspect.isroutine(own) or isinstance(own, type) else type(own)
    code = digest_code([getattr(kind, "__module__", "") or ""])
    return digest_json([_callable(kind), code])


def _describe_part(part: "nn.Module") -> list[Any]:
    """Class, settings, hooks of one module."""
    kind = type(part)
    plain = {name: _plain(value) for name, value in sorted(vars(part).items()) if _counts(name)}
    hooks = [getattr(part, name, {}) for name in ("_forward_hooks", "_forward_pre_hooks")]
    said = re.sub(r"0x[0-9a-fA-F]+", "", _extra(part))
    return [
        f"{kind.__module__}.{kind.__qualname__}",
        said,
        plain,
        [[_callable(h) for h in each.values()] for each in hooks],
    ]


def _extra(part: "nn.Module") -> str:
    try:
        return part.extra_repr()
    except Exception:  # of a stranger's class; its attributes are looked at too
        return ""


def _counts(name: str) -> bool:
    return not name.startswith("_") and name not in _PASSING


def _plain(value: Any) -> Any:
    """A setting as JSON; of other objects their kind."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, tuple | list) and len(value) < 1000:
        return [_plain(item) for item in value]
    if isinstance(value, dict) and len(value) < 1000:
        return [[repr(key), _plain(item)] for key, item in value.items()]
    if inspect.isroutine(value) or isinstance(value, type):
        return _callable(value)
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _callable(value: Callable[..., Any]) -> str:
    """A function by its name, and by its text where it is one of the user's own session."""
    name = f"{getattr(value, '__module__', '?')}.{getattr(value, '__qualname__', type(value).__qualname__)}"
    return f"{name} {_source(value)}" if "<" in name or name.startswith("__main__") else name


def _source(value: Any) -> str:
    """Digest of the text of a function or class, where there is one."""
    try:
        return hashlib.blake2b(inspect.getsource(value).encode(), digest_size=16).hexdigest()
    except (OSError, TypeError):
        return "no source"


def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of the installed packages among these; torch's is said elsewhere."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in sorted(set(packages) - {"torch", "repscope", "__main__", "builtins"}):
        try:
            found[name] = version(name)
        except (PackageNotFoundError, ValueError):
            continue
    return found
