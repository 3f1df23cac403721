"""What recording costs beside the bare forward passes and beside bare writing of the same bytes."""

import shutil
import tempfile
from pathlib import Path

import torch

from benchmarks._measure import interleave, machine, show
from benchmarks._options import Options
from repscope.activations import network_layers, record, usual_layers
from repscope.core.files import write_tensors
from repscope.data import load_data
from repscope.networks import load_network

IMAGES, BATCH = 512, 64


def main(options: Options) -> None:
    network = load_network("repscope:resnet20-digits")
    images = min(IMAGES, options.size(IMAGES))
    data = load_data("digits").balanced(images)
    layers = usual_layers(network.module, [layer.name for layer in network_layers(network)[0]])
    batches = [[data.image(i) for i in range(s, min(s + BATCH, images))] for s in range(0, images, BATCH)]
    folder = Path(tempfile.mkdtemp())
    features = sum(layer.features for layer in network_layers(network)[0] if layer.name in layers)
    payload = {"x": torch.rand(images, features)}

    def bare() -> None:
        with torch.inference_mode():
            for batch in batches:
                network.module(network.preprocess(batch))

    def recorded() -> None:
        shutil.rmtree(folder / "recording", ignore_errors=True)
        record(network, data, layers, folder / "recording")

    def written() -> None:
        write_tensors(folder / "payload", payload, {})

    try:
        times = interleave({"forward": bare, "writing": written, "recording": recorded}, 1 if options.quick else 5)
    finally:
        shutil.rmtree(folder)
    print(
        f"{machine()}; {images} digits through ResNet20, {len(layers)} layers, {payload['x'].nbytes / 2**20:.0f} MiB\n"
    )
    rows: list[list[object]] = [[n, t["wall"], t["cpu"]] for n, t in times.items()]
    for kind in ("wall", "cpu"):
        parts = times["forward"][kind] + times["writing"][kind]
        rows.append([f"recording / (forward + writing), {kind}", times["recording"][kind] / parts, ""])
    show(["what", "wall s", "processor s"], rows)
