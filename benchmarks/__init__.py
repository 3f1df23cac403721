"""Time and peak memory as tables; scripts, never part of the tests' verdict.

    python -m benchmarks                        all of them, about half an hour on two cores
    python -m benchmarks engines --quick        one, on tiny data: shows that it works, measures nothing
    python -m benchmarks engines --keep         and keep the table in benchmarks/results
    python -m benchmarks --help                 sizes, engines, threads, repetitions

engines              exact graphs beside faiss, scikit-learn and torch on real activations, and the goals
accuracy             r2 / r1 and the sets of neighbours of each engine against float64, far from the origin
growth               time and memory with the number of points and of features
all_scales           every score at every scale from one graph, beside a graph for each
end_to_end           analyze() of a ResNet20 on 15,000 glyphs by phase: time, memory, disk
approximate          what approximate graphs miss, what that does to scores, and what warm starts do
cka                  debiased CKA of 78 pairs of layers from disk, beside other libraries in batches
scales               what five scales cost in one recording beside one scale
recording_overhead   what recording costs beside the bare forward passes and bare writing
training             images per second in training beside a bare loop and beside timm's parts
units                occlusion beside captum, many pictures in one ascent, top patches beside the bare pass
glyph_rendering      50,000 glyphs
imagenet             what ImageNet through a ResNet50 takes on 1, 8 and 64 GPUs, computed from rates

_options         the command line
_data            activations recorded once, and synthetic points
_engines         ours and the peers, as functions from points to neighbours
_worker          a process for each engine; M, the product that all are compared with
_side_by_side    engines in turn, medians and ranges of the ratios to M
_goals           what is to be reached
_cka             ways to CKA, ours and the peers', and the truth in float64
_reference       the truth in float64, and how far an answer is from it
_memory          peaks of memory, of one process and of a tree
_measure         interleaved runs, medians, tables, the machine
_results         the tables kept
"""
