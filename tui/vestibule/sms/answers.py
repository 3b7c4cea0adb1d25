"""Reads a gateway's HTTP answer by the rule of its settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from vestibule.sms.kinds import Http

_BUSY = frozenset({408, 425, 429})
_ID_LIMIT = 100


@dataclass(frozen=True)
class Answer:
    """One answer; ``body`` is at most its first 64 kB. Bodies may echo the text: not in a repr."""

    status: int
    media_type: str
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode(errors="replace")

    @property
    def document(self) -> Any:
        """The body as JSON; None when it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Verdict:
    """``words`` are the gateway's, still to be masked."""

    went: bool
    again: bool = False
    words: str = field(default="", repr=False)
    provider_id: str = ""


def judge(rule: Http, answer: Answer) -> Verdict:
    """Whether ``answer`` means that the message went, by ``rule``."""
    if 300 <= answer.status < 400:
        return Verdict(False, words="it redirects, and redirects are not followed")
    if answer.status not in rule.statuses:
        again = answer.status in _BUSY or answer.status >= 500
        return Verdict(False, again, _reason(rule, answer))
    if rule.body_starts and not answer.text.lstrip().startswith(rule.body_starts):
        return Verdict(False, words=_reason(rule, answer))
    if rule.json_path:
        found = look(answer.document, rule.json_path)
        if not found:
            return Verdict(False, words="its answer cannot be understood")
        if not all(_among(value, rule.json_values) for value in found):
            again = any(_among(value, rule.again_values) for value in found)
            return Verdict(False, again, _reason(rule, answer))
    return Verdict(True, provider_id=_first(answer.document, rule.id_path)[:_ID_LIMIT])


def look(document: Any, path: str) -> list[Any]:
    """Every value at ``path``: names and indexes joined by dots, ``*`` for each entry of a list."""
    found = [document]
    for step in path.split("."):
        found = [inner for outer in found for inner in _step(outer, step)]
    return found


def _step(outer: Any, step: str) -> list[Any]:
    if isinstance(outer, dict):
        return [outer[step]] if step in outer else []
    if not isinstance(outer, list):
        return []
    if step == "*":
        return list(outer)
    return outer[int(step) : int(step) + 1] if step.isdecimal() else []


def _among(value: Any, wanted: tuple[str | int | bool, ...]) -> bool:
    """Equal in type too: to Python, True is 1."""
    return any(type(value) is type(one) and value == one for one in wanted)


def _reason(rule: Http, answer: Answer) -> str:
    told = _first(answer.document, rule.reason_path)
    if told or "html" in answer.media_type:
        return told
    return answer.text


def _first(document: Any, path: str) -> str:
    """The first plain value at ``path`` that says something, as text."""
    values = look(document, path) if path else []
    return next((str(value) for value in values if isinstance(value, str | int) and value != ""), "")
