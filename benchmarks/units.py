"""Looking inside units: occlusion beside captum's, many pictures in one ascent beside one by one, patches beside the bare pass.

captum runs one window after the other, as it does by default; and as many at a time as we do, for comparison. Windows of noise are used,
so that no window can be left out because it changes nothing.
"""

import statistics
import time
from collections.abc import Callable

import torch

from benchmarks._measure import machine, show, versions
from benchmarks._options import Options
from repscope.data import load_data
from repscope.networks import load_network
from repscope.units import maximize, occlusion, top_patches

ROUNDS, BATCH, STRIDE, STEPS, UNITS = 5, 128, 2, 16, 64


def main(options: Options) -> None:
    import captum.attr

    torch.set_num_threads(options.threads)
    rounds, units, stride, steps = (1, 4, 8, 2) if options.quick else (ROUNDS, UNITS, STRIDE, STEPS)
    network = load_network("repscope:resnet20-glyphs")
    module = network.module
    data = load_data("glyphs", per_class=max(4, options.size(400) // 10))
    images = network.preprocess(data.batch(range(len(data))))
    one = images[:1]
    theirs = captum.attr.Occlusion(module)
    window = {"sliding_window_shapes": (3, 8, 8), "strides": (3, stride, stride), "target": 3, "baselines": 0.37}

    def bare() -> None:
        with torch.inference_mode():
            for start in range(0, len(data), 64):
                module(network.preprocess(data.batch(range(start, min(start + 64, len(data))))))

    targets = [("stage3.2", unit) for unit in range(units)]
    size = network.input_shape
    candidates: dict[str, Callable[[], object]] = {
        "occlusion, repscope": lambda: occlusion(module, one, 3, window=8, stride=stride, fill=0.37, batch=BATCH),
        "occlusion, captum": lambda: theirs.attribute(one, **window),
        f"occlusion, captum, {BATCH} at a time": lambda: theirs.attribute(one, **window, perturbations_per_eval=BATCH),
        f"{units} pictures in one ascent": lambda: maximize(module, targets, steps, size),
        f"{units} pictures one by one": lambda: [maximize(module, target, steps, size) for target in targets],
        "bare forward pass": bare,
        "top patches, all blocks": lambda: top_patches(network, data, "stage?.?", 9),
    }
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for round_ in range(rounds + 1):
        for name, run in candidates.items():
            if round_ and name.endswith("one by one") and round_ > 2:  # takes longest, and varies least
                continue
            started = time.perf_counter()
            run()
            if round_:  # the first is for warming up
                seconds[name].append(time.perf_counter() - started)
    print(
        f"{machine()}; {versions('captum')}; ResNet20, 32 pixels; {len(data)} images for patches; median of {rounds}\n"
    )
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    show(["", "seconds"], [[name, value] for name, value in middle.items()])
    occlusions = middle["occlusion, captum"] / middle["occlusion, repscope"]
    ascents = middle[f"{units} pictures one by one"] / middle[f"{units} pictures in one ascent"]
    fixed = _fixed(network)
    patches = (middle["top patches, all blocks"] - fixed) / middle["bare forward pass"]
    goals = [
        ["occlusion ≥ 3 × captum", occlusions, "yes" if occlusions >= 3 else "no"],
        [f"{units} pictures in one ascent ≥ 5 × one by one", ascents, "yes" if ascents >= 5 else "no"],
        [
            f"top patches ≤ 1.5 × the bare pass, but for {fixed:.2f} s for receptive fields",
            patches,
            "yes" if patches <= 1.5 else "no",
        ],
    ]
    print()
    show(["goal", "reached", "met"], goals)


def _fixed(network: object) -> float:
    """Seconds that receptive fields take, whatever the data."""
    from repscope.units import receptive_fields

    blocks = [f"stage{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]
    started = time.perf_counter()
    receptive_fields(network.module, blocks, network.input_shape)  # type: ignore[attr-defined]
    return time.perf_counter() - started
