"""How commands speak: one JSON document or plain lines on stdout, sentences on stderr."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from vestibule.models import Problem

_BY_STATUS = {401: 4, 403: 4, 404: 3, 409: 5, 412: 5}


def exit_code(problem: Problem) -> int:
    """3 not found, 4 not allowed, 5 conflict, 1 any other refusal."""
    return _BY_STATUS.get(problem.status, 1)


def say(sentence: str) -> None:
    """A sentence for the person, on stderr."""
    print(sentence, file=sys.stderr)  # noqa: T201


def show(line: str) -> None:
    """A line of the answer, on stdout."""
    print(line)  # noqa: T201


def show_json(document: Any) -> None:
    """The answer as one JSON document, on stdout."""
    show(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
