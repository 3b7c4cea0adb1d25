"""How commands speak: one JSON document or plain lines on stdout, sentences on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from vestibule.models import Problem
from vestibule.text import is_hidden

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
    written = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    show("".join(_escaped(character) for character in written))


def _escaped(character: str) -> str:
    """JSON escapes C0 only; C1, bidi and their like must not reach a terminal either."""
    if character == "\n" or not is_hidden(character):
        return character
    return json.dumps(character)[1:-1]
