"""Vestibule's own themes: every letter keeps its contrast, also when reduced to 256 colours."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="vestibule-dark",
    primary="#5fafff",
    secondary="#87d7d7",
    accent="#ffd75f",
    warning="#ffaf5f",
    error="#ff8787",
    success="#87d787",
    foreground="#e4e4e4",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    dark=True,
)
LIGHT = Theme(
    name="vestibule-light",
    primary="#005faf",
    secondary="#005f5f",
    accent="#875f00",
    warning="#875f00",
    error="#af0000",
    success="#005f00",
    foreground="#1c1c1c",
    background="#ffffff",
    surface="#eeeeee",
    panel="#e4e4e4",
    dark=False,
)
