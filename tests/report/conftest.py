"""A headless Chromium for the tests that open pages, and the runs that they show."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from repscope.report import write_report
from repscope.studies import Run
from tests.report.made_run import make_run

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's headless Chromium, driven by Playwright."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium-headless-shell")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Opened:
    """A page, and what happened while it was open."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("console", lambda m: self.complaints.append(m.text))
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("dialog", lambda d: (self.complaints.append(f"dialog: {d.message}"), d.dismiss()))


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Opened]]:
    """Opens a file as a reader would; one context for each."""
    contexts = []

    def open_file(path: Path, theme: str = "light", width: int = 1280, anchor: str = "", **options: Any) -> Opened:
        context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.goto(path.resolve().as_uri() + anchor)
        opened.page.locator("[aria-busy]").wait_for(state="detached")
        return opened

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two partitions, thirteen layers, ten classes."""
    return make_run(tmp_path_factory.mktemp("runs") / "made", {"train": 120, "validation": 90})


@pytest.fixture(scope="session")
def report(run: Run) -> Path:
    """Its page."""
    return write_report(run)


@pytest.fixture(scope="session")
def small_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with every part and little in it: axe looks at each element, and at what lies behind it."""
    layers = ("input", "stage1.0", "stage2.0", "stage3.0", "pool")
    return write_report(make_run(tmp_path_factory.mktemp("runs") / "small", {"train": 24, "validation": 20}, layers))
