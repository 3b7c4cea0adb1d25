"""What this terminal can do, decided from the environment before Textual is imported.

Textual reads its own variables at import, so :func:`prepare` sets them first
(facts/terminal.md §3.3, §3.4, §4).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """The terminal as screens need to know it."""

    sixteen_colours: bool
    """No more than the 16 console colours."""
    colourless: bool
    """NO_COLOR: nothing may be said by colour."""
    plain_glyphs: bool
    """Only glyphs of the default console fonts."""
    console: bool
    """The kernel's own console: no mouse, no kitty keys, perhaps no half blocks."""

    light: bool = False
    """The person asked for a light theme (``VESTIBULE_THEME=light``)."""

    half_blocks: bool | None = True
    """Whether the font has ▀ and ▄; None when that cannot be known."""

    @property
    def ansi(self) -> bool:
        """Only the terminal's own 16 colours are readable here."""
        return self.sixteen_colours or self.colourless

    @property
    def theme(self) -> str:
        """The theme that is readable here."""
        return f"{'ansi' if self.ansi else 'vestibule'}-{'light' if self.light else 'dark'}"


def profile(environ: Mapping[str, str]) -> Profile:
    """The profile for ``environ``."""
    term = environ.get("TERM", "")
    rich = environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-256color")
    console = term == "linux"
    return Profile(
        sixteen_colours=not rich or console,
        colourless="NO_COLOR" in environ,
        plain_glyphs=console or term in ("vt100", "vt102", "vt220", "dumb", "", "ansi"),
        console=console,
        light=environ.get("VESTIBULE_THEME") == "light",
    )


def prepare(environ: MutableMapping[str, str] = os.environ) -> Profile:
    """Decide, and tell Textual, which reads the environment when it is imported."""
    decided = profile(environ)
    # An ansi theme must be there before the App is made, or NO_COLOR turns everything black (§3.4);
    # the app registers its own themes and chooses one of them later.
    environ["TEXTUAL_THEME"] = decided.theme if decided.ansi else "textual-dark"
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    # Nothing we use needs the kitty protocol, and it breaks consoles, tmux and some terminals.
    environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    return decided
