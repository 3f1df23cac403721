"""A measure that another package adds by entry point is in `--help`, in `analyze` and in the report, without an edit."""

import json
import subprocess
import sys

from tests.plugin.plugin_fixture import NAME, write_plugin

REPSCOPE = [sys.executable, "-c", "from repscope.cli import main; main()"]


def test_help_analyze_and_report(tmp_path):
    environment = write_plugin(tmp_path / "site")

    def run(*arguments: object) -> str:
        command = [*REPSCOPE, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert NAME in run("analyze", "--help")
    small = ["--samples", 60, "-l", "input", "-l", "pool", "--partitions", "validation"]
    told = json.loads(run("analyze", "repscope:resnet20-digits", "digits", "--out", tmp_path / "run", *small, "--json"))
    found = [s for s in told["scores"] if s["measure"] == NAME]
    assert [s["layer"] for s in found] == ["input", "pool"]
    assert all(s["interval"][0] < s["value"] < s["interval"][1] for s in found)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Mean neighbour distance" in page
    assert "small where a layer packs samples densely" in page
    assert (
        NAME not in subprocess.run([*REPSCOPE, "analyze", "--help"], capture_output=True, text=True, check=True).stdout
    )
