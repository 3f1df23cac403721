"""Packages that repscope can use and does not require."""

import importlib
from types import ModuleType

from repscope.core.errors import MissingPackage


def optional(package: str, caller: str, extra: str | None) -> ModuleType:
    """Import `package`, or say who wanted it and which extra brings it.

    Parameters
    ----------
    package : str
        The module to import, for example ``"timm"``.
    caller : str
        What the user asked for, for example ``"load_network('timm:resnet18')"``.
    extra : str or None
        The extra of repscope that installs the package; None where no extra does, because it is too much for most.

    Raises
    ------
    MissingPackage
        If it cannot be imported.

    Examples
    --------
    >>> optional("json", "an example", "frame").__name__
    'json'
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        wanted = package if extra is None else f"repscope[{extra}]"
        raise MissingPackage(
            f"{caller} needs the package {package!r}, which could not be imported ({error}); "
            f"install it with: pip install '{wanted}'"
        ) from error
