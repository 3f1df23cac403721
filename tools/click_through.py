"""Click through a page of the report, and through all pages that it leads to, as a reader would.

    python -m tools.click_through ab-glyphs/study

    page ──► every fold, choice, slider, field, chart, matrix, sample and button ──► what went wrong
      └────► its links: each place exists, each page beside it is opened in turn

At 1280 pixels in light and at 360 in dark: nothing may complain, ask for something outside the folder, be wider than the
screen, or be found fault with by axe. Needs playwright, axe-playwright-python and a headless Chromium.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from tools.headless import BROWSERS, axe_violations, installed, launched, overflow

LOOKS = (("light", 1280), ("dark", 360))
MOST = 120
"""Of one kind of thing on a page, evenly chosen, that are used."""


@dataclass
class Visit:
    """What happened on one page."""

    page: Path
    look: str
    done: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        did = ", ".join(f"{count} {what}" for what, count in self.done.items() if count)
        return "\n".join([f"{self.page} ({self.look}, {self.page.stat().st_size / 1e6:.2f} MB): {did}", *self.wrong])


def click_through(browser: Any, start: Path, most: int = MOST) -> Iterator[Visit]:
    """Visits of the page and of those it leads to, in both looks, each as it ends."""
    waiting, seen = [start.resolve()], set()
    while waiting:
        page = waiting.pop(0)
        if page in seen:
            continue
        seen.add(page)
        for theme, width in LOOKS:
            found = visit(browser, page, theme, width, most)
            waiting += [link for link in found.links if link.is_relative_to(start.resolve().parent)]
            yield found


def visit(browser: Any, path: Path, theme: str, width: int, most: int = MOST) -> Visit:
    """One page, from opening it to the last button."""
    out = Visit(path, f"{theme}, {width} px")
    context = browser.new_context(
        color_scheme=theme,
        reduced_motion="reduce",  # else the page may still be scrolling where the mouse is to go
        viewport={"width": width, "height": 900},
        accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.on("console", lambda message: out.wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: out.wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (out.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: _expected(request.url, path, out))
    try:
        page.goto(path.as_uri())
        page.locator("[aria-busy]").wait_for(state="detached")
        page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        _look(page, out, "opened")
        for kind, use in USES.items():
            handles = page.query_selector_all(kind)
            step = -(-len(handles) // most) or 1
            out.done[kind] = sum(bool(_shown(one) and (use(page, one), True)) for one in handles[::step])
        _look(page, out, "at the end")
        out.links = _links(page, path, out)
    finally:
        context.close()
    return out


def _shown(element: Any) -> bool:
    """Still on the page, visible and usable: an earlier click may have changed what there is."""
    return bool(element.evaluate("(e) => e.isConnected") and element.is_visible() and element.is_enabled())


def _select(page: Any, select: Any) -> None:
    values = select.evaluate("(s) => [...s.options].map((o) => o.value)")
    for value in [*values, values[0]]:
        select.select_option(value)


def _slide(page: Any, slider: Any) -> None:
    slider.focus()
    for key in ("End", "ArrowLeft", "Home"):
        page.keyboard.press(key)


def _type(page: Any, box: Any) -> None:
    box.fill("1")
    box.fill("")


def _walk(page: Any, place: Any) -> None:
    place.focus()
    for key in ("ArrowRight", "ArrowDown", "End", "Escape"):
        page.keyboard.press(key)
    place.hover(force=True)


def _click(page: Any, element: Any) -> None:
    element.scroll_into_view_if_needed()
    element.click(force=True)


USES = {
    "select": _select,
    "input[type=range]": _slide,
    "input[type=search], input[type=text]": _type,
    ".plot": _walk,
    "[role=grid] td[tabindex='0']": _walk,
    ".sample": _click,
    ".neighbour": _click,
    "button:not(.sample, .neighbour)": _click,
}
"""What is on a page, and how it is used."""


def _expected(url: str, path: Path, out: Visit) -> None:
    here = urlparse(url)
    if here.scheme not in ("data", "blob") and unquote(here.path) != str(path):
        out.wrong.append(f"asked for {url}")


def _look(page: Any, out: Visit, when: str) -> None:
    """Nothing wider than the screen, nothing that axe finds."""
    over = overflow(page)
    if over > 0:
        out.wrong.append(f"{when}: {over} pixels wider than the screen")
    out.wrong += [f"{when}: {fault}" for fault in axe_violations(page)]


def _links(page: Any, path: Path, out: Visit) -> list[Path]:
    """The pages beside this one that it leads to; other places must exist too."""
    found = []
    for href in page.eval_on_selector_all("a[href]", "(all) => all.map((a) => a.getAttribute('href'))"):
        out.done["links"] = out.done.get("links", 0) + 1
        link = urlparse(href)
        if link.scheme in ("http", "https", "data", "blob"):
            continue
        target = (path.parent / unquote(link.path)).resolve() if link.path else path
        if not target.exists():
            out.wrong.append(f"the link {href} leads nowhere")
        elif target == path:
            if link.fragment and "=" not in link.fragment and page.query_selector(f"[id='{link.fragment}']") is None:
                out.wrong.append(f"there is no place {href} on the page")
        elif target.suffix == ".html":
            found.append(target)
    return found


def main() -> None:
    """Say what was used on each page and what was wrong; fail if anything was."""
    said = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    said.add_argument("page", type=Path, help="a page, or the folder of a run or study")
    said.add_argument(
        "--most", type=int, default=MOST, help=f"of one kind of thing on a page, that are used; {MOST} by default"
    )
    given = said.parse_args()
    start = given.page / "report.html" if given.page.is_dir() else given.page
    path = installed()
    if path is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium-headless-shell")
    with launched(path) as browser:
        visits = []
        for one in click_through(browser, start, given.most):
            print(one, flush=True)
            visits.append(one)
    wrong = sum(len(one.wrong) for one in visits)
    print(
        f"\n{len({one.page for one in visits})} pages, {sum(sum(v.done.values()) for v in visits)} things used, {wrong} wrong"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
