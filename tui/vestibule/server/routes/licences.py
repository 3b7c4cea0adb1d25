"""Licence codes, and the one-time codes that are out."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import licences, outstanding
from vestibule.models import Licence, LicenceNew, Licences, OutstandingCodes
from vestibule.server.operation import Call, Operation, Work


class CodesQuery(Struct, forbid_unknown_fields=True):
    """How many codes, and after which."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 500
    cursor: Annotated[str, Meta(max_length=100)] | None = None


def get_licences(call: Call) -> Licences:
    """All licences, with seats and clients."""
    return licences.all_of(call.open)


def post_licence(call: Call) -> Licence:
    """Take a licence up."""
    return licences.add(call.open, call.who, call.body)


def delete_licence(call: Call) -> None:
    """Give a licence up."""
    licences.remove(call.open, call.who, call.path["licence_id"])


def get_codes(call: Call) -> OutstandingCodes:
    """The codes that would still be taken."""
    query: CodesQuery = call.query
    return outstanding.page(call.open, query.limit, query.cursor)


OPERATIONS = (
    Operation("GET", "/v1/licences", get_licences, "Licences, seats and clients", Licences),
    Operation(
        "POST",
        "/v1/licences",
        post_licence,
        "Add a licence",
        Licence,
        work=Work.WRITE,
        status=201,
        body=LicenceNew,
        refusals=(
            "licence_exists",
            "licence_invalid",
            "component_needed",
            "text_too_long",
            "text_hidden_characters",
            "text_too_many_marks",
        ),
    ),
    Operation(
        "DELETE",
        "/v1/licences/{licence_id}",
        delete_licence,
        "Remove a licence",
        None,
        work=Work.WRITE,
        status=204,
        refusals=("licence_unknown",),
    ),
    Operation(
        "GET",
        "/v1/codes",
        get_codes,
        "Codes that would still be taken, the first to end first",
        OutstandingCodes,
        query=CodesQuery,
        refusals=("cursor_invalid",),
    ),
)
