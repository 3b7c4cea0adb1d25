"""Every theme can be read: what is written, and what marks the focus, on all that it may stand on."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from vestibule.terminal import THEMES
from vestibule.themes import ALL, CONTRAST, MONO, choice_of, name_of

PAPERS = ("background", "surface", "panel")
INKS = ("foreground", "text", "text-muted", "text-disabled", "text-error", "text-warning", "text-success",
        "text-primary", "text-accent", "error", "success", "warning", "primary")  # fmt: skip
MARKS = ("block-cursor-background", "input-cursor-background", "scrollbar", "border", "border-blurred")
PAIRS = (("block-cursor-foreground", "block-cursor-background"),
         ("input-cursor-foreground", "input-cursor-background"),
         ("input-selection-foreground", "input-selection-background"))  # fmt: skip
OF_COLOURS = [theme for theme in ALL if not theme.ansi]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(_luminance(Color.parse(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", OF_COLOURS, ids=lambda theme: theme.name)
def test_letters_and_marks_stand_out(theme: Theme) -> None:
    colours = theme.to_color_system().generate()
    least = 7 if theme is CONTRAST else 4.5
    for paper in PAPERS:
        for ink in INKS:
            assert contrast(colours[ink], colours[paper]) >= least, (ink, paper)
        for mark in MARKS:
            assert contrast(colours[mark], colours[paper]) >= 3, (mark, paper)
    for ink, paper in PAIRS:
        assert contrast(colours[ink], colours[paper]) >= least, (ink, paper)


def test_without_colours_there_is_none() -> None:
    colours = MONO.to_color_system().generate()
    used = {colours[name] for name in (*PAPERS, *INKS, *MARKS, *(name for pair in PAIRS for name in pair))}
    assert used <= {"ansi_default", "transparent"}


def test_everybody_finds_their_theme_by_its_name() -> None:
    assert {choice_of(theme.name) for theme in ALL} == set(THEMES)
    assert all(name_of(choice) in {theme.name for theme in ALL} for choice in THEMES)
