"""What the server says on stderr: lines for people, or one JSON document per line for machines.

Secrets have no way into it: of an exception only the kind and the place are told, since its message may hold
what somebody typed; other libraries are heard from warnings on; a request is told by its operation.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from vestibule.server.observed import Exchange
from vestibule.text import visible

FORMS: Final = ("text", "json")
LEVELS: Final = ("warning", "info", "debug")
_FACTS = "facts"
"""The name under which a record carries its facts."""
_ROUTINE = frozenset(("/v1/events", "/healthz", "/metrics", "/v1/cloud/site", "/v1/cloud/site/news"))
"""Asked for all the time: told at level debug, unless something goes wrong."""
_access = logging.getLogger("vestibule.access")
_serve = logging.getLogger("vestibule.serve")
"""What whoever started the server wants to read, at every level."""


def set_up(form: str, level: str) -> None:
    """Log to stderr from now on; ``form`` is one of FORMS, ``level`` one of LEVELS."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("vestibule").setLevel(level.upper())
    _serve.setLevel(logging.INFO)
    # Its warnings are about what strangers send; its errors are ours.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # on a full disk a line is lost, and nothing else said instead


def usual_form() -> str:
    """For people where one looks on, for machines where a journal or a file does."""
    return "text" if sys.stderr.isatty() else "json"


def event(sentence: str, **facts: object) -> None:
    """Tell of something that happened to the server itself."""
    _serve.info(sentence, extra={_FACTS: facts})


def trouble(sentence: str) -> None:
    """Tell why the server cannot do what it was asked to."""
    _serve.error(sentence)


def request(exchange: Exchange) -> None:
    """Tell of an answered request."""
    level = logging.DEBUG if exchange.template in _ROUTINE and exchange.status < 400 else logging.INFO
    if not _access.isEnabledFor(level):
        return
    facts: dict[str, object] = {
        "method": exchange.method,
        "operation": exchange.template,
        "status": exchange.status,
        "ms": round(exchange.seconds * 1000, 1),
        "source": exchange.source,
        "path": exchange.path.value,
    }
    if exchange.code is not None:
        facts["code"] = exchange.code
    _access.handle(_Answered(level, facts))


class _Answered(logging.LogRecord):
    """One request: made without looking for the place and the thread that log, which nobody is told."""

    def __init__(self, level: int, facts: dict[str, object]) -> None:
        self.__dict__ = _BLANK | {_FACTS: facts, "created": time.time()}
        self.levelno, self.levelname = level, logging.getLevelName(level)


_BLANK = vars(logging.LogRecord(_access.name, logging.INFO, "", 0, "request", (), None))


def loop_trouble(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio could not tell anybody: its own words quote exceptions and what they hold."""
    error = context.get("exception")
    kept = error if isinstance(error, BaseException) else None
    logging.getLogger("vestibule.server").error("asyncio: unhandled", exc_info=kept)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, object] = {
            "at": f"{_second(int(record.created))}.{int(record.created * 1000) % 1000:03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, _FACTS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            document |= {"error": _kind(record.exc_info[1]), "where": _where(record.exc_info[1])}
        written = msgspec.json.encode(document)
        # ASCII only: nothing in it acts on a terminal.
        return written.decode() if written.isascii() else json.dumps(document)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = getattr(record, _FACTS, {})
        if record.name == _serve.name:
            return visible(record.getMessage())
        said = "" if record.name == _access.name else f"{record.levelname.lower()} {record.getMessage()} "
        line = f"{_moment(record).astimezone():%H:%M:%S} {said}" + " ".join(map(str, facts.values()))
        if record.exc_info and record.exc_info[1] is not None:
            line += f"{_kind(record.exc_info[1])} at {', '.join(_where(record.exc_info[1]))}"
        return visible(line.rstrip())


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _where(error: BaseException) -> list[str]:
    """The places an exception passed, the last one first."""
    frames = traceback.extract_tb(error.__traceback__, limit=-8)
    return [f"{frame.filename}:{frame.lineno}" for frame in reversed(frames)]
