"""The tool that clicks through a report finds what is wrong, and nothing where nothing is."""

import pytest

from repscope.report import write_index
from tools.click_through import click_through

pytestmark = pytest.mark.browser

BROKEN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>broken</title></head><body><main>
<h1>Broken</h1><div style="width: 3000px">wide</div><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<a href="nowhere.html">one</a> <a href="#not-here">two</a> <a href="broken.html">three</a>
<button onclick="throw new Error('clicked')">Click</button><input type="range" aria-label="s" oninput="console.log('slid')">
<img alt="elsewhere" src="elsewhere.png"></main></body></html>"""


def test_a_report_and_what_it_leads_to(small_report, browser):
    index = write_index(
        small_report.parents[1], [("Small", str(small_report.relative_to(small_report.parents[1])), "one")]
    )
    visits = list(click_through(browser, index, most=4))
    assert [v.page.name for v in visits] == ["index.html"] * 2 + ["report.html"] * 2
    assert [problem for v in visits for problem in v.wrong] == []
    done = visits[-1].done
    assert all(done[what] for what in ("select", ".plot", ".sample", ".neighbour", "links")), done
    assert done["button:not(.sample, .neighbour)"] >= 4


def test_what_is_wrong_is_found(tmp_path, browser):
    page = tmp_path / "broken.html"
    page.write_text(BROKEN, encoding="utf8")
    visits = list(click_through(browser, page))
    assert len(visits) == 2  # a page that leads to itself is opened once
    for one in visits:
        told = "\n".join(one.wrong)
        for what in (
            "wider than the screen", "image-alt", "nowhere.html leads nowhere", "no place #not-here", "error: clicked",
            "console: slid", "elsewhere.png",
        ):  # fmt: skip
            assert what in told, what
        assert told in str(one)
