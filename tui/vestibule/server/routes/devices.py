"""Where somebody is signed in: devices and open sessions, one's own and, for an admin, a client's."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import signed_in
from vestibule.device_models import DevicePage, Ended, SessionPage
from vestibule.server.operation import Call, Needs, Operation, Work
from vestibule.server.routes.me import session_of


class PageQuery(Struct, forbid_unknown_fields=True):
    """``cursor`` is the ``next`` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=60)] | None = None


class SessionsQuery(PageQuery):
    """``alone``: only sessions without a device."""

    alone: bool = False


def get_own_devices(call: Call) -> DevicePage:
    """My devices."""
    return _devices(call, _oneself(call))


def get_devices(call: Call) -> DevicePage:
    """A client's devices."""
    return _devices(call, call.path["client_id"])


def get_own_sessions(call: Call) -> SessionPage:
    """My open sessions."""
    return _sessions(call, _oneself(call))


def get_sessions(call: Call) -> SessionPage:
    """A client's open sessions."""
    return _sessions(call, call.path["client_id"])


def delete_own_device(call: Call) -> Ended:
    """End a device of mine."""
    return signed_in.end_device(call.open, call.who, _oneself(call), call.path["device_id"])


def delete_device(call: Call) -> Ended:
    """End a client's device."""
    return signed_in.end_device(call.open, call.who, call.path["client_id"], call.path["device_id"])


def delete_own_session(call: Call) -> Ended:
    """End a session of mine."""
    return signed_in.end_session(call.open, call.who, _oneself(call), call.path["session_id"])


def delete_session_of(call: Call) -> Ended:
    """End a client's session."""
    return signed_in.end_session(call.open, call.who, call.path["client_id"], call.path["session_id"])


def delete_own_devices(call: Call) -> Ended:
    """End all others."""
    return signed_in.end_all(call.open, call.who, _oneself(call))


def delete_devices(call: Call) -> Ended:
    """End all of a client's."""
    return signed_in.end_all(call.open, call.who, call.path["client_id"])


def _oneself(call: Call) -> str:
    session_of(call)
    return str(call.who.client_id)


def _devices(call: Call, client_id: str) -> DevicePage:
    query: PageQuery = call.query
    return signed_in.device_page(call.open, call.who, client_id, query.cursor, query.limit)


def _sessions(call: Call, client_id: str) -> SessionPage:
    query: SessionsQuery = call.query
    tx, who, alone = call.open, call.who, query.alone
    return signed_in.session_page(tx, who, client_id, query.cursor, query.limit, alone=alone)


_ME, _CLIENT = "/v1/me", "/v1/clients/{client_id}"
_FRESH = "reauthentication_needed"
_GUARDS = ("client_unknown", "service_needed", _FRESH)

_OWN = (
    Operation(
        "GET",
        _ME + "/devices",
        get_own_devices,
        "My devices, the last seen first",
        DevicePage,
        needs=Needs.SESSION,
        query=PageQuery,
        refusals=("cursor_invalid",),
    ),
    Operation(
        "GET",
        _ME + "/sessions",
        get_own_sessions,
        "My open sessions, the last used first",
        SessionPage,
        needs=Needs.SESSION,
        query=SessionsQuery,
        refusals=("cursor_invalid",),
    ),
    Operation(
        "DELETE",
        _ME + "/devices",
        delete_own_devices,
        "End all my devices and sessions but this one",
        Ended,
        needs=Needs.SESSION,
        work=Work.WRITE,
        refusals=(_FRESH,),
    ),
    Operation(
        "DELETE",
        _ME + "/devices/{device_id}",
        delete_own_device,
        "End a device of mine and its sessions",
        Ended,
        needs=Needs.SESSION,
        work=Work.WRITE,
        refusals=("device_gone", _FRESH),
    ),
    Operation(
        "DELETE",
        _ME + "/sessions/{session_id}",
        delete_own_session,
        "End a session of mine",
        Ended,
        needs=Needs.SESSION,
        work=Work.WRITE,
        refusals=("session_gone", _FRESH),
    ),
)
_OF_CLIENT = (
    Operation(
        "GET",
        _CLIENT + "/devices",
        get_devices,
        "A client's devices, the last seen first",
        DevicePage,
        query=PageQuery,
        refusals=("client_unknown", "cursor_invalid"),
    ),
    Operation(
        "GET",
        _CLIENT + "/sessions",
        get_sessions,
        "A client's open sessions, the last used first",
        SessionPage,
        query=SessionsQuery,
        refusals=("client_unknown", "cursor_invalid"),
    ),
    Operation(
        "DELETE",
        _CLIENT + "/devices",
        delete_devices,
        "End all devices and sessions of a client; of oneself, all others",
        Ended,
        work=Work.WRITE,
        refusals=_GUARDS,
    ),
    Operation(
        "DELETE",
        _CLIENT + "/devices/{device_id}",
        delete_device,
        "End a device of a client and its sessions",
        Ended,
        work=Work.WRITE,
        refusals=("device_gone", *_GUARDS),
    ),
    Operation(
        "DELETE",
        _CLIENT + "/sessions/{session_id}",
        delete_session_of,
        "End a session of a client",
        Ended,
        work=Work.WRITE,
        refusals=("session_gone", *_GUARDS),
    ),
)
OPERATIONS = (*_OWN, *_OF_CLIENT)
