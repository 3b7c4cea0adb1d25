"""Refusals as RFC 9457 problem documents with a stable code."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from vestibule.access.refused import PROBLEMS, Refused
from vestibule.models import Problem, ProblemKind, ProblemKinds

CONTENT_TYPE = "application/problem+json"


def problem(refused: Refused) -> Response:
    """The answer that says ``refused``."""
    kind = refused.kind
    document = Problem(
        type=f"/v1/problems/{refused.code}",
        title=kind.title,
        status=kind.status,
        code=refused.code,
        detail=refused.detail,
        field=refused.field,
        retry_after=refused.retry_after,
        at=refused.at,
        hours=refused.hours,
        version=refused.version,
    )
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
    if kind.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = msgspec.json.encode(document)
    return Response(body, kind.status, headers, media_type=CONTENT_TYPE)


def kinds() -> ProblemKinds:
    """All codes there are."""
    return ProblemKinds(
        problems=[
            ProblemKind(code=code, status=kind.status, title=kind.title) for code, kind in PROBLEMS.items()
        ]
    )
