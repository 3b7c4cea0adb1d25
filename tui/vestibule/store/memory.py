"""What reading transactions have worked out, kept until somebody writes.

It is kept with the connection it was read by, under the mark of what that saw: two reading transactions of
one connection with the same mark see the same rows, whichever process has written what in between.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from vestibule.store import dialect
from vestibule.store.engine import Transaction

_KEPT: Final = "vestibule_kept"
MOST: Final = 8
"""Answers kept with one connection."""
LARGEST: Final = 64 * 1024
"""Bytes of the largest that is kept."""


@dataclass
class _Kept:
    mark: object
    answers: dict[Hashable, tuple[bytes, int]] = field(default_factory=dict)


def recall(tx: Transaction, key: Hashable, make: Callable[[], tuple[bytes, int]]) -> bytes:
    """What ``make`` gives, or gave for the same ``key`` when the same rows were there.

    ``make`` gives it with the last moment at which it would give the same from the same rows.
    """
    if not tx.only_reads:
        return make()[0]
    mark = dialect.mark(tx.connection)
    kept = tx.connection.info.get(_KEPT)
    if not isinstance(kept, _Kept) or kept.mark != mark:
        kept = tx.connection.info[_KEPT] = _Kept(mark)
    answer, until = kept.answers.get(key, (b"", -1))
    if tx.now > until:
        answer, until = make()
        if len(kept.answers) >= MOST:
            kept.answers.clear()
        if len(answer) <= LARGEST:
            kept.answers[key] = answer, until
    return answer
