"""Inputs drawn at random from a seed, and checks that know the right answer by another way.

python -m tests.drawn --minutes 60     draw for an hour; a table of counts, and every finding
python -m tests.drawn --seed 17        the case with that seed again

session.py            what a check is, one case, many cases, findings, the table
points.py             clouds of points, alone and in pairs
networks.py           small networks
data.py               data sets and folders
stores.py             files of embeddings
commands.py           command lines
slow_kernels.py       HSIC and CKA in long double, with the error that rounding allows
slow_linear.py        correlations, distances and fits by other routines
slow_neighbors.py     neighbor graphs and what is read from them, by loops
check_measures.py     measures of points against these
check_graphs.py       graphs against brute force; the same bytes whatever the settings
check_recordings.py   recordings against a plain forward pass; settings, interruption; the module afterwards
check_runs.py         the scores of whole runs against slow ones, and the same by other settings
check_maps.py         linear maps, migration, verification, average precision
check_stores.py       files of embeddings: what is read is what was written, or a sentence
check_commands.py     command lines: done, or one sentence
"""
