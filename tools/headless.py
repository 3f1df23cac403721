"""A headless Chromium, and what is asked of every page that is opened in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")


def installed() -> str | None:
    """Where one of the browsers lies, if any is there."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def launched(path: str) -> Iterator[Any]:
    """The browser, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def axe_violations(page: Any) -> list[str]:
    """What axe finds fault with."""
    import axe_playwright_python

    page.evaluate(Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]


def overflow(page: Any) -> int:
    """By how many pixels it is wider than the screen."""
    over: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return over
