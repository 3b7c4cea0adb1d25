"""What ``backup`` and ``restore`` have in common: how far it has come, the passphrase, and being stopped."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vestibule.cli import asking
from vestibule.cli.output import USAGE, Stop, say
from vestibule.i18n import _
from vestibule.models import Secret
from vestibule.render.differences import bar, progress

_OFTEN_ENOUGH = 0.1


def passphrase_in(file: Path | None) -> Secret | None:
    """What stands in ``file``; None without one. Raises Stop when nothing stands there, and OSError."""
    if file is None:
        return None
    written = asking.secret_in(file)
    if not written:
        raise Stop(_("There is no passphrase in that file."), USAGE)
    return Secret(written)


class Teller:
    """A line on stderr that is written over, for a person; nothing for a script."""

    def __init__(self) -> None:
        self._next = 0.0
        self._last = ""

    def __call__(self, part: str, done: int, whole: int) -> None:
        """Told of so many ``rows`` or ``bytes``."""
        if not sys.stderr.isatty() or (done < whole and time.monotonic() < self._next):
            return
        self._next = time.monotonic() + _OFTEN_ENOUGH
        rows = _("%(done)d of %(whole)d rows copied and compared") % {"done": done, "whole": whole}
        line = bar(done, whole, rows) if part == "rows" else progress(done, whole)
        sys.stderr.write("\r" + line.ljust(len(self._last)))
        sys.stderr.flush()
        self._last = line

    def end(self) -> None:
        """What comes next begins a line."""
        if self._last:
            say("")
            self._last = ""


@contextmanager
def stopped_cleanly() -> Iterator[None]:
    """A signal that ends the process lets it clear away what it has begun."""
    before = {
        number: signal.signal(number, lambda number, _frame: sys.exit(128 + number))
        for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
