"""A headless Chromium for the tests that open pages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.headless import BROWSERS, installed, launched


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's headless Chromium, driven by Playwright."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    path = installed()
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium-headless-shell")
    with launched(path) as chromium:
        yield chromium


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
