"""One self-contained page: template, style, script and data in a single offline file.

A content security policy forbids everything that is not in the file: no request leaves the page, and no script runs
but the one whose digest the policy names. Data stands in a block that the browser does not execute.
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any, final

from repscope._version import __version__
from repscope.core.errors import BadInput
from repscope.report._blocks import Block, plain

STYLES = ("base.css", "blocks.css", "explorer.css")
SCRIPTS = (
    "dom.js",
    "figure.js",
    "export.js",
    "theme.js",
    "scale.js",
    "text.js",
    "table.js",
    "curves.js",
    "chart.js",
    "matrix.js",
    "pictures.js",
    "samples.js",
    "neighbours.js",
    "explorer.js",
    "page.js",
)


@final
@dataclass(frozen=True)
class Section:
    """A part of the page: an anchor, a heading, how to read it, and its blocks."""

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


@final
@dataclass(frozen=True)
class Page:
    """What a page says; `facts` are the numbers under the title."""

    overline: str
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def render(page: Page, scripts: Sequence[str] = ()) -> bytes:
    """The page as one HTML file.

    Parameters
    ----------
    page : Page
        What it says.
    scripts : sequence of str
        Scripts of panels, for blocks of kind `Drawn`.

    Raises
    ------
    BadInput
        If a panel's script holds ``</script`` or ``<!--``, which would end or hide it early.
    """
    for text in scripts:
        if "</script" in text.lower() or "<!--" in text:
            raise BadInput(
                "a panel's script holds '</script' or '<!--'; write it in two parts, such as '<' + '/script'"
            )
    style = "\n".join(_asset(name) for name in STYLES)
    script = "\n".join(
        ['"use strict";', "const R = { blocks: {}, drawn: {} };", *map(_asset, SCRIPTS), *scripts, "R.start();"]
    )
    policy = (
        "default-src 'none'; img-src data:; "
        f"style-src {_source_hash(style)}; script-src {_source_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    text = Template(_asset("page.html")).substitute(
        title=html.escape(page.title),
        policy=html.escape(policy, quote=False),
        style=style,
        script=script,
        data=data_block(plain(page) | {"version": __version__}),
    )
    return text.encode("utf8")


def data_block(value: Any) -> str:
    """JSON that can stand in a script element: no character of it can end the element or begin markup.

    >>> data_block({"name": "</script><b>"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _asset(name: str) -> str:
    return (files("repscope.report") / "assets" / name).read_text(encoding="utf8")


def _source_hash(text: str) -> str:
    """The name of an inline style or script in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf8')).digest()).decode()}'"
