"""What this terminal can do, decided from its surroundings before Textual is imported.

Textual reads its own variables at import, so :func:`prepare` sets them first
(facts/terminal.md §3.3, §3.4, §4).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace

KINDS = ("rich", "16", "plain", "mono")
"""The kinds of terminal that one may ask for: 256 colours or more, 16, 16 and plain glyphs, none."""
THEMES = ("dark", "light", "contrast", "16", "mono")
"""The themes that one may ask for."""
OF_16_COLOURS = ("16", "mono")
"""Those that need no more than the terminal's own colours."""

_SERIAL = ("vt52", "vt100", "vt102", "vt220", "vt320", "vt420")
_YES, _NO = ("1", "yes", "on", "true"), ("0", "no", "off", "false")
_FRAMES, _FRAMES_BY_SSH, _FRAMES_SLOW = 120, 30, 8
# What follows a first answer, as a list does the letter of its filter, waits for up to two frames.


@dataclass(frozen=True)
class Wishes:
    """What somebody asks for by flags, variables or a file; empty and None where they leave it to us."""

    kind: str = ""
    theme: str = ""
    slow: bool | None = None

    def over(self, others: Wishes) -> Wishes:
        """These, and where there is none, the others'."""
        slow = others.slow if self.slow is None else self.slow
        return Wishes(self.kind or others.kind, self.theme or others.theme, slow)


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

    wanted_theme: str = ""
    """The theme that was asked for by name."""

    half_blocks: bool | None = True
    """Whether the font has ▀ and ▄; None when that cannot be known."""

    truecolour: bool = True
    """Any colour, not only 256."""

    slow: bool = False
    """A line on which every byte is felt: few frames, no reports of the mouse."""

    remote: bool = False
    """Somebody sits at the other end of SSH."""

    @property
    def ansi(self) -> bool:
        """Only the terminal's own 16 colours are readable here."""
        return self.sixteen_colours or self.colourless

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes that are readable here."""
        return ("mono",) if self.colourless else OF_16_COLOURS if self.sixteen_colours else THEMES

    @property
    def theme(self) -> str:
        """The one to begin with: as asked for, or what comes nearest to it."""
        if self.wanted_theme in self.themes:
            return self.wanted_theme
        if self.sixteen_colours and self.wanted_theme == "light" and not self.colourless:
            return "16-light"
        return self.themes[0]

    @property
    def mouse(self) -> bool:
        """Whether to ask for the mouse: each of its moves is a report, and consoles have none."""
        return not (self.console or self.slow)

    @property
    def frames(self) -> int:
        """The most frames a second; the first answer to a key is shown at once whatever it is."""
        return _FRAMES_SLOW if self.slow else _FRAMES_BY_SSH if self.remote else _FRAMES


def profile(environ: Mapping[str, str], wishes: Wishes | None = None) -> Profile:
    """The profile for ``environ``; ``wishes`` (flags over variables over files) go before what is found."""
    wished = wishes if wishes is not None else from_environment(environ)
    term = environ.get("TERM", "")
    kind = wished.kind if wished.kind in KINDS else ""
    console = term == "linux"
    remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    depth = _depth(environ)
    return Profile(
        sixteen_colours=kind in ("16", "plain") if kind else depth == 16,
        colourless=kind == "mono" or (not kind and ("NO_COLOR" in environ or depth == 0)),
        plain_glyphs=kind == "plain" or (kind in ("", "mono") and (console or _is_poor(term))),
        console=console,
        wanted_theme=wished.theme,
        truecolour=depth > 256,
        slow=(term in _SERIAL and not remote) if wished.slow is None else wished.slow,
        remote=remote,
    )


def _is_poor(term: str) -> bool:
    """Whether nothing may be assumed of the font."""
    return term in ("", "dumb", "unknown", "ansi", *_SERIAL)


def _depth(environ: Mapping[str, str]) -> int:
    """How many colours the terminal says it has; 0 for one that says it can do nothing."""
    term = environ.get("TERM", "")
    if term in ("dumb", "unknown"):
        return 0
    if term == "linux":
        return 16
    # GNU screen hands COLORTERM down from outside and does not understand it; tmux translates.
    is_screen = term.startswith("screen") and not environ.get("TMUX")
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") and not is_screen:
        return 1 << 24
    return 256 if term.endswith(("-256color", "-direct")) else 16


def from_environment(environ: Mapping[str, str]) -> Wishes:
    """What ``VESTIBULE_TERMINAL``, ``VESTIBULE_THEME`` and ``VESTIBULE_SLOW`` ask for."""
    kind, theme = environ.get("VESTIBULE_TERMINAL", "").lower(), environ.get("VESTIBULE_THEME", "").lower()
    slow = environ.get("VESTIBULE_SLOW", "").lower()
    return Wishes(
        kind if kind in KINDS else "",
        theme if theme in THEMES else "",
        True if slow in _YES else False if slow in _NO else None,
    )


def from_table(table: Mapping[str, object]) -> Wishes:
    """What ``[terminal]`` in config.toml asks for: ``kind``, ``theme``, ``slow``."""
    kind, theme, slow = (table.get(key) for key in ("kind", "theme", "slow"))
    return Wishes(
        str(kind) if str(kind) in KINDS else "",
        str(theme) if str(theme) in THEMES else "",
        slow if isinstance(slow, bool) else None,
    )


def prepare(
    environ: MutableMapping[str, str] = os.environ, flags: Wishes | None = None, *lesser: Wishes
) -> Profile:
    """Decide, and tell Textual, which reads the environment when it is imported.

    ``flags`` go before the environment, and that before the ``lesser`` wishes, the first of them first.
    """
    wishes = (flags or Wishes()).over(from_environment(environ))
    for others in lesser:
        wishes = wishes.over(others)
    decided = profile(environ, wishes)
    # An ansi theme must be there before the App is made, or NO_COLOR turns everything black (§3.4);
    # the app registers its own themes and chooses one of them later.
    environ["TEXTUAL_THEME"] = "ansi-dark" if decided.ansi else "textual-dark"
    environ["TEXTUAL_COLOR_SYSTEM"] = (
        "standard" if decided.sixteen_colours else "truecolor" if decided.truecolour else "256"
    )
    if decided.colourless:
        environ["NO_COLOR"] = "1"
    else:
        environ.pop("NO_COLOR", None)
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    environ.setdefault("TEXTUAL_FPS", str(decided.frames))
    if decided.remote or decided.slow:
        # An arrow key that the line tears apart would be an Escape and letters.
        environ.setdefault("ESCDELAY", "250")
    # Nothing we use needs the kitty protocol, and it breaks consoles, tmux and some terminals.
    environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    return decided


def with_font(decided: Profile, half_blocks: bool | None) -> Profile:
    """The profile once the console was asked about its font."""
    return replace(decided, half_blocks=half_blocks)
