"""repscope networks: the built-in networks, with their parameters and what they cost."""

from repscope.cli import _options as o

EXAMPLES = """[bold]Examples[/bold]

repscope networks

repscope cost repscope:resnet34 --network-set size=64 --network-set attention=stac
"""


def command(json: o.Json = False) -> None:
    """List the built-in networks, those that ship trained among them: parameters and FLOPs at their own input."""
    import torch

    from repscope.cli._show import as_json, table
    from repscope.networks import NETWORK_SOURCES, cost
    from repscope.networks.attention import ATTENTION

    source = NETWORK_SOURCES["repscope"]
    found = []
    for name in source.names():
        with torch.device("meta"):  # shapes without numbers, which nobody looks at
            network = source.load(name, weights="random")
            spent = cost(network)
        entry = {
            "network": network.name,
            "trained": "-" in name,
            "classes": network.settings["classes"],
            "input_shape": list(network.input_shape),
            "parameters": spent.parameters,
            "multiply_adds": spent.multiply_adds,
            "flops": spent.flops,
        }
        found.append(entry)
    if json:
        as_json({"networks": found, "attention": {name: ATTENTION[name].summary for name in ATTENTION}})
        return
    rows = [
        [
            x["network"],
            "*" * x["trained"],
            "×".join(map(str, x["input_shape"])),
            x["classes"],
            x["parameters"],
            x["flops"],
        ]
        for x in found
    ]
    table("built-in networks; a star: trained", ["network", "", "input", "classes", "parameters", "FLOPs"], rows)
    table(
        "attention of residual networks: --network-set attention=NAME",
        ["name", ""],
        [[name, ATTENTION[name].summary] for name in ATTENTION],
    )
