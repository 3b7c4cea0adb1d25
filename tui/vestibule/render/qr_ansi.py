"""A QR code as lines of text and SGR sequences, for commands that print instead of painting a screen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from vestibule.render.qr import BLACK, WHITE, Fit, Ink, Matrix, Run, draw
from vestibule.terminal import profile

_END = "\x1b[0m"
_COLOURLESS = ("vt1", "vt2")
_TRUE_COLOUR = ("truecolor", "24bit")


class Depth(Enum):
    """How many colours the terminal takes."""

    TRUE = "24 bits"
    PALETTE = "256"
    SIXTEEN = "16"
    NONE = "none"

    @property
    def ink(self) -> Ink:
        """How :func:`vestibule.render.qr.draw` has to choose its cells."""
        return {Depth.SIXTEEN: Ink.DARK_INK, Depth.NONE: Ink.REVERSE}.get(self, Ink.COLOUR)


# The bright white of 16 colours stands behind the plain one: who does not know it stays with that.
_INKS = {
    Depth.TRUE: {BLACK: "38;2;0;0;0", WHITE: "38;2;255;255;255"},
    Depth.PALETTE: {BLACK: "38;5;16", WHITE: "38;5;231"},
    Depth.SIXTEEN: {BLACK: "30", WHITE: "37"},
}
_GROUNDS = {
    Depth.TRUE: {BLACK: "48;2;0;0;0", WHITE: "48;2;255;255;255"},
    Depth.PALETTE: {BLACK: "48;5;16", WHITE: "48;5;231"},
    Depth.SIXTEEN: {BLACK: "40", WHITE: "47;107"},
}


def depth(environ: Mapping[str, str]) -> Depth:
    """The colours that the terminal of ``environ`` takes."""
    known, term = profile(environ), environ.get("TERM", "")
    if known.colourless or term.startswith(_COLOURLESS):
        return Depth.NONE
    if known.sixteen_colours:
        return Depth.SIXTEEN
    # GNU screen hands COLORTERM on from outside and then garbles 24-bit colours.
    if environ.get("COLORTERM", "").lower() in _TRUE_COLOUR and not term.startswith("screen"):
        return Depth.TRUE
    return Depth.PALETTE if term.endswith("-256color") else Depth.SIXTEEN


def lines(matrix: Matrix, fit: Fit, depth: Depth, inverted: bool = False) -> list[str]:
    """The rows of the code, each complete in itself and ending in the terminal's own colours."""
    rows = draw(matrix, fit, depth.ink, inverted)
    return ["".join(_sgr(run, depth) + run.text for run in row) + _END for row in rows]


def _sgr(run: Run, depth: Depth) -> str:
    if run.fg is None or run.bg is None:
        return "\x1b[0;7m" if run.reverse else _END
    return f"\x1b[0;{_INKS[depth][run.fg]};{_GROUNDS[depth][run.bg]}m"
