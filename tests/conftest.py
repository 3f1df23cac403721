"""What all tests share: a reproducible, single-minded torch, and the helpers that find optional machines."""

import os

os.environ.setdefault("MPLBACKEND", "agg")
