"""From a running app to SVG files: every size, once the screen has come to rest, without fonts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

FOLDER = Path(__file__).parents[2] / "screenshots"
EVERY_SIZE = FOLDER / "sizes"
SIZES = ((40, 24), (80, 24), (120, 40), (200, 60))
CELL = 12.2
"""Width of a cell in Textual's pictures, in their units."""
_REST = 0.15
"""Seconds in which nothing changes any more."""
_PATIENCE = 30.0
_PIECE = re.compile("[─-╿]{1,8}|[^\xa0─-╿]+(?:\xa0[^\xa0─-╿]+)*")
"""A few words, or a short piece of a line: nobody's font is wide by exactly a cell."""
_TEXT = re.compile(
    r'(<text class="[^"]*-r[0-9]+" x=")([0-9.]+)(" [^>]*textLength=")[0-9.]+("[^>]*>)([^<]*)</text>'
)


def at(name: str, size: tuple[int, int]) -> Path:
    """The file of a screen at one of the sizes."""
    return EVERY_SIZE / f"{name}-{size[0]}x{size[1]}.svg"


async def at_every_size(pilot: Pilot[None], name: str) -> None:
    """Draw what is shown at every size, and leave the app at the size it had."""
    before = pilot.app.size
    for size in SIZES:
        await pilot.resize_terminal(*size)
        at(name, size).write_text(await at_rest(pilot))
    await pilot.resize_terminal(*before)


async def at_rest(pilot: Pilot[None]) -> str:
    """The picture, once it stays the same for a moment."""
    deadline, before, since = time.monotonic() + _PATIENCE, "", time.monotonic()
    while time.monotonic() < deadline:
        await pilot.pause(0.03)
        now = pilot.app.export_screenshot(title="Vestibule", simplify=True)
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > _REST:
            return portable(now)
    raise AssertionError("the screen does not come to rest")


async def until(pilot: Pilot[None], met: Callable[[], bool]) -> None:
    """Wait for what the next step needs."""
    deadline = time.monotonic() + _PATIENCE
    while not met():
        assert time.monotonic() < deadline, "the screen to draw did not come"
        await pilot.pause(0.02)


def portable(picture: str) -> str:
    """Without fonts from a foreign server, and with every word at its own place.

    Viewers differ in what they do with spaces and with ``textLength``; a word that says where it
    stands is in its cells everywhere.
    """
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return _TEXT.sub(_words, picture)


def _words(text: re.Match[str]) -> str:
    before, left, between, after, content = text.groups()
    content = content.replace("&#160;", "\xa0")
    parts = []
    for word in _PIECE.finditer(content):
        x = float(left) + CELL * cell_len(unescape(content[: word.start()]))
        length = CELL * cell_len(unescape(word[0]))
        parts.append(f"{before}{x:.1f}{between}{length:.1f}{after}{word[0]}</text>")
    return "\n".join(parts)
