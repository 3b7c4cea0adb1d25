"""Questions on the command line: asked where somebody sits at a terminal, and only there."""

from __future__ import annotations

import sys

from vestibule.cli.output import say
from vestibule.i18n import _


def agreed(question: str) -> bool:
    """Whether the person agrees; without a terminal, or without a question, the command itself is the answer.

    ``question`` must be fit for a terminal.
    """
    if not question or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    say(question)
    print(_("Go on? [y/N]") + " ", end="", file=sys.stderr, flush=True)  # noqa: T201
    answer = sys.stdin.readline().strip().lower()
    return answer in {"y", "yes", _("y"), _("yes")}
