"""Questions on the command line: asked where somebody sits at a terminal, and only there."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vestibule.cli.output import USAGE, Stop, say
from vestibule.i18n import _

_REFUSED = 1


def is_somebody_there() -> bool:
    """Whether a question would be seen and could be answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str) -> bool:
    """Whether the person agrees; without a terminal, or without a question, the command itself is the answer.

    ``question`` must be fit for a terminal.
    """
    if not question or not is_somebody_there():
        return True
    say(question)
    answer = _typed(_("Go on? [y/N]")).strip().lower()
    return answer in {"y", "yes", _("y"), _("yes")}


def need_somebody(option: str) -> None:
    """Raise Stop where nobody can be asked; ``option`` says the same without a question."""
    if not is_somebody_there():
        raise Stop(_("There is no terminal here to ask at. Give %s.") % option, USAGE)


def ask(question: str) -> str:
    """What the person types, in sight. Raises Stop when they leave it."""
    typed = _typed(f"{question}:")
    if not typed:
        raise _left()
    return typed.strip()


def ask_secret(question: str) -> str:
    """What the person types, out of sight. Raises Stop when they leave it."""
    from getpass import getpass

    with _interruptible():
        try:
            return getpass(f"{question}: ", stream=sys.stderr)
        except EOFError:
            raise _left() from None


def secret(file: Path | None, question: str, option: str) -> str:
    """What stands in ``file``, else what the person types out of sight. Raises Stop where nobody can."""
    if file is not None:
        return secret_in(file)
    need_somebody(option)
    return ask_secret(question)


def secret_in(file: Path) -> str:
    """What stands in ``file``, ``-`` for stdin; a line end after it is not meant. Raises OSError."""
    written = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8", errors="replace")
    return written.removesuffix("\n").removesuffix("\r")


def _typed(question: str) -> str:
    """A line with its end; empty when there will be no more."""
    print(question + " ", end="", file=sys.stderr, flush=True)  # noqa: T201
    with _interruptible():
        return sys.stdin.readline()


def _left() -> Stop:
    print(file=sys.stderr)  # noqa: T201 - the prompt's line
    return Stop(_("Nothing was changed."), _REFUSED)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C stop a question at once: asyncio would wait for it to be answered first."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        print(file=sys.stderr)  # noqa: T201 - what comes next begins a line
        raise
    finally:
        signal.signal(signal.SIGINT, before)
