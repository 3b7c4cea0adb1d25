"""Manage clients and their codes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import client_import, client_list, clients, codes
from vestibule.access.refused import Refused
from vestibule.models import (
    Client,
    ClientFields,
    ClientImport,
    ClientImported,
    ClientNew,
    ClientPage,
    Code,
    CodeNew,
    Sort,
)
from vestibule.server.operation import Call, Operation, Work


class ClientsQuery(Struct, forbid_unknown_fields=True):
    """Either ``cursor`` to read on, or ``at`` for a window anywhere in the order."""

    filter: Annotated[str, Meta(max_length=200)] = ""
    sort: Sort = Sort.STATE
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, Meta(max_length=2000)] | None = None
    at: Annotated[int, Meta(ge=0, le=10**9)] = 0
    admins: bool = False


def get_clients(call: Call) -> ClientPage:
    """One page of the list."""
    query: ClientsQuery = call.query
    return client_list.page(
        call.open,
        call.links,
        filter_text=query.filter,
        sort=query.sort,
        limit=query.limit,
        cursor=query.cursor,
        at=query.at,
        admins=query.admins,
    )


def post_client(call: Call) -> Client:
    """Add a client, with a first code unless asked otherwise."""
    return clients.add(call.open, call.who, call.body, call.links)


def post_import(call: Call) -> ClientImported:
    """Many clients, in a transaction of its own: it is undone when a line is wrong."""
    with call.store.read() as tx:
        links = replace(call, tx=tx).links
    return client_import.take(call.store, call.who, call.body, links)


def get_client(call: Call) -> Client:
    """One client."""
    return clients.get(call.open, call.path["client_id"], call.links)


def patch_client(call: Call) -> Client:
    """Change the fields that are sent."""
    return clients.edit(call.open, call.who, call.path["client_id"], call.body, call.links)


def delete_client(call: Call) -> None:
    """Remove a client with code, devices and sessions."""
    clients.remove(call.open, call.who, call.path["client_id"])


def post_code(call: Call) -> Code:
    """A new code; the old one is dead at once."""
    row = clients.hold(call.open, call.path["client_id"])
    clients.guard_admin(call.who, row)
    if row.service:
        raise Refused("service_has_password")
    codes.issue(call.open, call.who, row.id, call.body.minutes)
    return _code(call, row.id)


def get_code(call: Call) -> Code:
    """The code that works now."""
    return _code(call, call.path["client_id"])


def delete_code(call: Call) -> None:
    """Make the code useless."""
    row = clients.hold(call.open, call.path["client_id"])
    codes.revoke(call.open, call.who, row.id)


def _code(call: Call, client_id: str) -> Code:
    code = clients.get(call.open, client_id, call.links).code
    if code is None:
        raise Refused("code_missing")
    return code


_FIELDS = (
    "text_too_long",
    "text_hidden_characters",
    "text_too_many_marks",
    "username_invalid",
    "username_taken",
    "time_unreadable",
    "validity_reversed",
    "hours_empty",
    "phone_invalid",
)
_GUARDS = ("client_unknown", "service_needed", "reauthentication_needed")
_ONE = "/v1/clients/{client_id}"

OPERATIONS = (
    Operation(
        "GET",
        "/v1/clients",
        get_clients,
        "Clients by pages",
        ClientPage,
        query=ClientsQuery,
        refusals=("cursor_invalid",),
        holds=client_list.holds_until,
    ),
    Operation(
        "POST",
        "/v1/clients",
        post_client,
        "Add a client",
        Client,
        work=Work.WRITE,
        status=201,
        body=ClientNew,
        refusals=(*_FIELDS, "reauthentication_needed"),
    ),
    Operation(
        "POST",
        "/v1/clients/import",
        post_import,
        "Add and edit many clients, or none",
        ClientImported,
        work=Work.NOTHING,
        body=ClientImport,
        refusals=("reauthentication_needed",),
        body_limit=4 * 1024 * 1024,
    ),
    Operation("GET", _ONE, get_client, "One client", Client, refusals=("client_unknown",)),
    Operation(
        "PATCH",
        _ONE,
        patch_client,
        "Edit a client",
        Client,
        work=Work.WRITE,
        body=ClientFields,
        refusals=(*_FIELDS, *_GUARDS, "service_fixed", "not_yourself", "last_admin"),
    ),
    Operation(
        "DELETE",
        _ONE,
        delete_client,
        "Remove a client",
        None,
        work=Work.WRITE,
        status=204,
        refusals=(*_GUARDS, "service_fixed", "not_yourself", "last_admin"),
    ),
    Operation(
        "POST",
        _ONE + "/code",
        post_code,
        "Issue a code",
        Code,
        work=Work.WRITE,
        status=201,
        body=CodeNew,
        refusals=(*_GUARDS, "service_has_password"),
    ),
    Operation(
        "GET",
        _ONE + "/code",
        get_code,
        "The code in force",
        Code,
        refusals=("client_unknown", "code_missing"),
    ),
    Operation(
        "DELETE",
        _ONE + "/code",
        delete_code,
        "Revoke the code",
        None,
        work=Work.WRITE,
        status=204,
        refusals=("client_unknown", "code_missing"),
    ),
)
