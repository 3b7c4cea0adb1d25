"""A time limit that holds whatever a network does: slow names, slow answers, answers byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class TimeLimitReached(Exception):
    """The work was given up."""


def within(seconds: float, work: Callable[[], T], sockets: Callable[[], Iterable[socket.socket | None]]) -> T:
    """What ``work`` returns or raises; ``TimeLimitReached`` after ``seconds``.

    A look-up of a name cannot be interrupted, so the work has a thread of its own, which is left
    behind. Its ``sockets`` are cut then, so that it ends soon and cannot send late.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name="sms", daemon=True).start()
    if not wait([done], seconds).done:
        for one in sockets():
            _cut(one)
        raise TimeLimitReached
    return done.result()


def _cut(one: socket.socket | None) -> None:
    if one is not None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
