"""A button of plain characters: ``[ Sign in ]``, reversed when focused."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Button


class PushButton(Button):
    """A compact Button that needs no colour and no glyph outside ASCII."""

    DEFAULT_CSS = """
    PushButton, PushButton.-style-default, PushButton:hover {
        width: auto; min-width: 0; height: 1; margin: 0 0 0 2; padding: 0; border: none;
        background: transparent; color: $foreground; text-style: none;
        background-tint: transparent;
        &:focus { text-style: reverse; background: transparent; color: $foreground; }
        &:disabled { text-style: dim; text-opacity: 100%; }
    }
    """

    def __init__(self, label: str, *, id: str) -> None:
        super().__init__(Content(f"[ {label} ]"), id=id, compact=True)
