"""Signing in and out."""

from __future__ import annotations

from vestibule.access import audit, sessions, signin
from vestibule.access.refused import Refused
from vestibule.models import Session, SignIn
from vestibule.server.operation import STANDING, Call, Needs, Operation, Work, opened
from vestibule.two_factor_models import Challenge

_CODE = (
    "code_incomplete",
    "code_unknown",
    "code_used",
    "code_expired",
    "code_revoked",
    "code_signin_off",
    "name_needed",
    "text_too_long",
    "text_hidden_characters",
    "text_too_many_marks",
)
_DEVICE = ("device_unknown", "device_signin_off")


def post_session(call: Call) -> Session | Challenge:
    """Sign in one of three ways."""
    body: SignIn = call.body
    if body.mode == "otp":
        code = _required(body.code, "code")
        return _opened(call, signin.by_code(call.store, call.who, code, body.name or "", body.device))
    if body.mode == "device":
        return _opened(call, signin.by_device(call.store, call.who, _required(body.token, "token")))
    username, password = _required(body.username, "username"), _required(body.password, "password")
    return _opened(call, signin.by_password(call.store, call.who, username, password, body.device))


def delete_session(call: Call) -> None:
    """Sign out: the token is dead on the server."""
    if call.who.session_id is not None:
        sessions.end(call.open, call.who.session_id)
        audit.record(call.open, call.who, "session.ended", call.who.client_id)


def _required(value: str | None, field: str) -> str:
    if not value:
        raise Refused("invalid", field=field, detail="Object missing required field")
    return value


def _opened(call: Call, signed_in: signin.SignedIn) -> Session | Challenge:
    answer: Session | Challenge = opened(call, signed_in)
    return answer


OPERATIONS = (
    Operation(
        "POST",
        "/v1/sessions",
        post_session,
        "Sign in by one-time code, password or device",
        returns=Session,
        needs=Needs.ANYONE,
        work=Work.NOTHING,
        status=201,
        body=SignIn,
        hashes=True,
        accepted=Challenge,
        refusals=(*_CODE, *_DEVICE, *STANDING, "password_wrong", "too_many_attempts", "factor_disabled"),
    ),
    Operation(
        "DELETE",
        "/v1/sessions/current",
        delete_session,
        "Sign out",
        returns=None,
        needs=Needs.SESSION,
        work=Work.WRITE,
        status=204,
        enrolling=True,
    ),
)
