"""What is answered when an operation raises instead: a refusal, a store that fails, a mistake of ours."""

from __future__ import annotations

import logging
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vestibule.access.refused import Refused
from vestibule.server.observed import CODE
from vestibule.server.problems import problem
from vestibule.store.errors import StoreError

_log = logging.getLogger("vestibule.server")


def _refusal(request: Request, refused: Refused) -> Response:
    request.scope[CODE] = refused.code
    return problem(refused)


async def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _refusal(request, error)


async def _on_store_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    _log.error("store: %s", error.code)
    passing = error.code in ("database_busy", "database_unreachable")
    return _refusal(request, Refused(error.code, retry_after=2 if passing else None))


async def _on_gone(request: Request, _error: Exception) -> Response:
    """Whoever asked has left before saying all of it; nobody reads this."""
    return _refusal(request, Refused("malformed"))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "malformed")
    answer = _refusal(request, Refused(code))
    answer.headers.update(error.headers or {})
    return answer


async def _on_crash(request: Request, error: Exception) -> Response:
    """Only where it happened is logged: the message may hold what somebody typed."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
    _log.error("%s at %s", type(error).__name__, where)
    return _refusal(request, Refused("failed"))


HANDLERS: Final[dict[Any, Any]] = {
    Refused: _on_refused,
    StoreError: _on_store_error,
    HTTPException: _on_http,
    ClientDisconnect: _on_gone,
    Exception: _on_crash,
}
"""By what is raised, for Starlette."""
