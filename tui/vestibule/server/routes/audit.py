"""The audit: read and verify."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import audit, audit_list
from vestibule.models import AuditFilter, AuditPage, AuditVerdict
from vestibule.server.operation import Call, Operation

Head = Annotated[str, Meta(pattern="^[0-9]{1,15}:[0-9a-fA-F]{64}$")]
_MOST = 2**53


class AuditQuery(AuditFilter, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """``cursor``: rows before this number, ``after``: those after it; ``at`` passes so many over.

    ``counted``: say how many there are.
    """

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[int, Meta(ge=1, le=_MOST)] | None = None
    after: Annotated[int, Meta(ge=0, le=_MOST)] = 0
    at: Annotated[int, Meta(ge=0, le=10**9)] = 0
    counted: bool = False


class VerifyQuery(Struct, forbid_unknown_fields=True):
    """``head``: as printed by an earlier verification; ``after``: as ``next`` of the part before.

    ``limit``: check so many rows only.
    """

    head: Head | None = None
    after: Head | None = None
    limit: Annotated[int, Meta(ge=1, le=100_000)] | None = None


def get_audit(call: Call) -> AuditPage:
    """Newest first."""
    query: AuditQuery = call.query
    return audit_list.page(
        call.open,
        query,
        limit=query.limit,
        before=query.cursor,
        after=query.after,
        at=query.at,
        counted=query.counted,
    )


def get_audit_verdict(call: Call) -> AuditVerdict:
    """Check the chain, or a part of it."""
    query: VerifyQuery = call.query
    return audit.verify(call.open, query.head, query.after, query.limit)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/audit",
        get_audit,
        "Decisions, newest first",
        AuditPage,
        query=AuditQuery,
        refusals=("time_unreadable",),
    ),
    Operation(
        "GET", "/v1/audit/verdict", get_audit_verdict, "Verify the chain", AuditVerdict, query=VerifyQuery
    ),
)
