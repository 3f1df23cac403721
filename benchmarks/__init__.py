"""Time and peak memory as tables; scripts, never part of the tests' verdict.

    python -m benchmarks                        all of them
    python -m benchmarks recording_overhead     one

recording_overhead   what recording costs beside the bare forward passes and bare writing
graph_time           exact graphs beside scikit-learn and torch.cdist, in units of one full product
glyph_rendering      50,000 glyphs
_measure             interleaved runs, medians, the machine
"""
