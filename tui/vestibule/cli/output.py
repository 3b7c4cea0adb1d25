"""How commands speak: a table, one JSON document or plain facts on stdout, sentences on stderr.

Plain facts are for screen readers: one per line with its name before it, a blank line between two records,
no columns, nothing that is said by a glyph alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from vestibule.i18n import _
from vestibule.models import Problem
from vestibule.plain import wants_plain
from vestibule.text import escaped_json

if TYPE_CHECKING:
    import argparse

Fact = tuple[str, str]
"""What something is called, and what it is, fit for any terminal."""
USAGE, NOT_ALLOWED, UNREACHABLE = 2, 4, 69
"""Exit codes of what the command itself refuses."""
_BY_STATUS = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: 3, 409: 5, 412: 5}


class Stop(Exception):
    """The command cannot go on: a sentence for the person, fit for a terminal, and the exit code."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def exit_code(problem: Problem) -> int:
    """3 not found, 4 not allowed, 5 conflict, 1 any other refusal."""
    return _BY_STATUS.get(problem.status, 1)


def say(sentence: str) -> None:
    """A sentence for the person, on stderr."""
    print(sentence, file=sys.stderr)  # noqa: T201


def show(line: str) -> None:
    """A line of the answer, on stdout."""
    print(line)  # noqa: T201


def add_shapes(parser: argparse.ArgumentParser) -> Any:
    """Add the shapes of an answer; gives their group, for a command that has one more."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help=_("one JSON document"))
    plain = _("one fact per line, for screen readers; VESTIBULE_PLAIN=1 does it always")
    group.add_argument("--plain", action="store_true", default=wants_plain(), help=plain)
    return group


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, plain: bool) -> None:
    """Rows under a header; ``plain``: one record for each."""
    if plain:
        show_records([list(zip(header, row, strict=True)) for row in rows])
        return
    from vestibule.cli.columns import aligned  # its cell widths take a while to import

    for line in aligned([header, *rows]):
        show(line)


def show_records(records: Iterable[Sequence[Fact]]) -> None:
    """Records as plain facts; what is empty is not said, but that there is no record at all."""
    listed = list(records)
    if not listed:
        say(_("There is nothing to list."))
    for number, facts in enumerate(listed):
        if number:
            show("")
        for name, value in facts:
            if value:
                show(f"{name}: {value}" if name else value)


def show_json(document: Any) -> None:
    """The answer as one JSON document, on stdout."""
    show(escaped_json(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()))
