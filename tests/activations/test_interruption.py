"""Kill −9 at twenty random moments of a recording, then resume: the bytes of an undisturbed one."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_killed_at_twenty_random_moments(tmp_path):
    script = ROOT / "tests" / "activations" / "killed_recordings.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(script), str(tmp_path), "20", "7"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    trials = json.loads(done.stdout)
    assert len(trials) == 20
    assert all(t["ended"] and t["same"] for t in trials)
    # the moments must have hit the middle of recordings, or the test has shown nothing
    assert sum(0 < t["recorded"] < 600 for t in trials) >= 5, trials
