"""The audit: read and verify."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import audit
from vestibule.models import AuditPage, AuditVerdict
from vestibule.server.operation import Call, Operation


class AuditQuery(Struct, forbid_unknown_fields=True):
    """``cursor``: rows before this number."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[int, Meta(ge=1)] | None = None


class VerifyQuery(Struct, forbid_unknown_fields=True):
    """``head``: as printed by an earlier verification."""

    head: Annotated[str, Meta(max_length=100)] | None = None


def get_audit(call: Call) -> AuditPage:
    """Newest first."""
    return audit.page(call.open, call.query.cursor, call.query.limit)


def get_audit_verdict(call: Call) -> AuditVerdict:
    """Check the whole chain."""
    return audit.verify(call.open, call.query.head)


OPERATIONS = (
    Operation("GET", "/v1/audit", get_audit, "Decisions, newest first", AuditPage, query=AuditQuery),
    Operation(
        "GET", "/v1/audit/verdict", get_audit_verdict, "Verify the chain", AuditVerdict, query=VerifyQuery
    ),
)
