"""A QR code on stdout, whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys

from vestibule.cli.output import say, show
from vestibule.i18n import _
from vestibule.render.console_font import HALF_BLOCKS, has_half_blocks
from vestibule.render.qr import fit, link_matrix, needed
from vestibule.render.qr_ansi import depth, lines
from vestibule.terminal import profile

_PROMPT_ROWS = 2
"""Left free under the code, so that the next prompt does not push its top off the screen."""
_FILE = (80, 1000)
"""Columns and rows of what is no terminal: a file or a pager, which scrolls but seldom sideways."""


def print_qr(link: str) -> int:
    """Draw ``link`` in the size that fits stdout, or say which size it needs; returns the exit code."""
    if sys.stdout.isatty() and os.environ.get("TERM") == "dumb":
        say(_("This terminal cannot show a QR code. Use the link."))
        return 1
    matrix, half_blocks = link_matrix(link), _half_blocks()
    width, height = shutil.get_terminal_size() if sys.stdout.isatty() else _FILE
    chosen = fit(len(matrix), width, height - _PROMPT_ROWS, half_blocks)
    if chosen is None:
        columns, rows = needed(len(matrix), half_blocks)
        sizes = {"columns": columns, "rows": rows + _PROMPT_ROWS, "width": width, "height": height}
        say(
            _(
                "The QR code needs a terminal of %(columns)d columns × %(rows)d rows, "
                "this one has %(width)d × %(height)d. Make it larger, or use the link."
            )
            % sizes
        )
        return 1
    for line in lines(matrix, chosen, depth(os.environ)):
        show(line)
    return 0


def _half_blocks() -> bool | None:
    """Whether ▀ and ▄ can be shown, None when that is not known."""
    try:
        "".join(HALF_BLOCKS).encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    if not sys.stdout.isatty():
        return None
    known = has_half_blocks(sys.stdout.fileno())
    return False if known is None and profile(os.environ).plain_glyphs else known
