"""50,000 glyphs of 10 or 200 classes at 32 or 64 pixels, rendered into memory."""

import time

from benchmarks._measure import machine, peak_memory, show
from benchmarks._options import Options
from repscope.data import load_data

IMAGES = 50_000


def main(options: Options) -> None:
    images = options.size(IMAGES)
    print(f"{machine()}\n")
    rows: list[list[object]] = []
    for classes, size in ((10, 32), (200, 64)):
        start, cpu = time.perf_counter(), time.process_time()
        data = load_data("glyphs", classes=classes, per_class=max(2, images // classes), size=size)
        for i in range(len(data)):
            data.image(i)
        rows.append([classes, size, len(data), time.perf_counter() - start, time.process_time() - cpu, peak_memory()])
    show(["classes", "pixels", "images", "wall s", "processor s", "peak MiB"], rows)
