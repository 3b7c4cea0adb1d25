"""Some pages of a long list: which are kept, which have been asked for, which are out of date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from vestibule.models import Client

T = TypeVar("T")
PAGE = 50
"""Rows of one page; pages begin at its multiples."""


class PageCache(Generic[T]):
    """The pages near the view. What is out of date is still shown, until its new answer arrives."""

    def __init__(self, limit: int = 20) -> None:
        """``limit``: how many pages to keep."""
        self._limit = limit
        self._pages: dict[int, list[T]] = {}
        self._asked: set[int] = set()
        self._stale: set[int] = set()
        self._ask_again: set[int] = set()

    @property
    def waiting(self) -> bool:
        """Whether an answer is outstanding."""
        return bool(self._asked)

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, index: int) -> T | None:
        """What is at ``index``, None when it is not here."""
        page = self._pages.get(index - index % PAGE, ())
        return page[index % PAGE] if index % PAGE < len(page) else None

    def ask(self, wanted: Iterable[int]) -> Iterator[int]:
        """Those of the pages ``wanted`` that have to be asked for now; they count as asked."""
        for at in wanted:
            if at not in self._asked and (at not in self._pages or at in self._stale):
                self._asked.add(at)
                yield at

    def put(self, at: int, rows: Sequence[T]) -> None:
        """The answer for the page at ``at``."""
        self._pages[at] = list(rows)
        self._asked.discard(at)
        if at in self._ask_again:  # something changed after the question: the answer may be old already
            self._stale.add(at)
        else:
            self._stale.discard(at)
        self._ask_again.discard(at)

    def failed(self, at: int) -> None:
        """No answer will come: the page may be asked for again."""
        self._asked.discard(at)
        self._ask_again.discard(at)

    def outdate(self) -> None:
        """Everything may have changed."""
        self._stale.update(self._pages)
        self._ask_again.update(self._asked)

    def forget_questions(self) -> None:
        """The answers outstanding are no longer of interest."""
        self._asked.clear()
        self._ask_again.clear()

    def clear(self) -> None:
        """Keep no page."""
        self._pages.clear()
        self._stale.clear()

    def trim(self, total: int, first: int, last: int) -> None:
        """Drop the pages past ``total`` rows, then those farthest from the rows ``first`` to ``last``."""
        for at in [at for at in self._pages if at >= max(1, total)]:
            self._drop(at)
        while len(self._pages) > self._limit:
            self._drop(max(self._pages, key=lambda at: max(first - at - PAGE, at - last)))

    def _drop(self, at: int) -> None:
        del self._pages[at]
        self._stale.discard(at)


class ClientPages(PageCache[Client]):
    """Those of the client list, whose rows move and change."""

    def find(self, client_id: str) -> int | None:
        """Where the client is; an up-to-date page is believed before one that is not."""
        for at in sorted(self._pages, key=lambda at: (at in self._stale, at)):
            for offset, client in enumerate(self._pages[at]):
                if client.id == client_id:
                    return at + offset
        return None

    def replace(self, client: Client) -> int | None:
        """Put ``client`` in the place of its older self; where that is."""
        index = self.find(client.id)
        if index is not None:
            self._pages[index - index % PAGE][index % PAGE] = client
        return index


def pages(first: int, last: int, total: int) -> range:
    """Where the pages begin that hold the rows ``first`` to ``last``; no rows are one page too."""
    first, last = max(0, first), min(last, max(1, total) - 1)
    return range(first - first % PAGE, last + 1, PAGE)
