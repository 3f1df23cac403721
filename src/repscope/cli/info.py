"""repscope info: versions, devices, and what is installed beside."""

from repscope.cli import _options as o


def command(json: o.Json = False) -> None:
    """Print versions, devices, measures and sources: what to put into a question or a bug report."""
    import os
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import torch

    from repscope._version import __version__
    from repscope.cli._show import as_json, table
    from repscope.data import DATA_SOURCES
    from repscope.measures import MEASURES
    from repscope.networks import NETWORK_SOURCES

    def installed(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "not installed"

    packages = ["torch", "torchvision", "numpy", "scipy", "scikit-learn", "numba", "safetensors", "timm", "pandas"]
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    facts = {
        "repscope": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads of torch": torch.get_num_threads(),
        "GPUs": ", ".join(gpus) or "none",
        **{p: installed(p) for p in packages},
        "measures": ", ".join(MEASURES.names()),
        "data sources": ", ".join(DATA_SOURCES.names()),
        "network sources": ", ".join(NETWORK_SOURCES.names()),
    }
    if json:
        as_json(facts)
        return
    table("repscope", ["", ""], [[k, str(v)] for k, v in facts.items()])
