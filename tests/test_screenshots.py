"""The pictures are all there and load nothing. ``python -m tests.screenshots`` draws them, not a test."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
SIZES = ("40x24", "80x24", "120x40", "200x60")
DRAWN = re.compile(r'at_every_size\(pilot, "([a-z-]+)"\)')
LINKED = re.compile(r"\]\((screenshots/[^)]+)\)")


def test_every_screen_is_drawn_at_every_size_and_nothing_else_lies_there() -> None:
    names = DRAWN.findall((HERE / "screenshots" / "scenes.py").read_text())
    assert len(names) == 13
    wanted = {f"{name}-{size}.svg" for name in names for size in SIZES}
    assert {file.name for file in (ROOT / "screenshots" / "sizes").iterdir()} == wanted


def test_what_the_readme_shows_is_there_and_needs_nothing_from_elsewhere() -> None:
    shown = LINKED.findall((ROOT / "README.md").read_text())
    assert len(shown) > 10
    assert [name for name in shown if not (ROOT / name).exists()] == []
    for picture in (ROOT / "screenshots").rglob("*.svg"):
        drawn = picture.read_text()
        assert "@font-face" not in drawn, picture
        assert re.findall(r"(?:href|src)=|url\((?!#)", drawn) == [], picture
