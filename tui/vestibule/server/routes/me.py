"""Oneself: who am I, prove it again, change my password."""

from __future__ import annotations

from vestibule.access import own, signin
from vestibule.access.refused import Refused
from vestibule.models import Me, PasswordChange, Reauthenticate, Session
from vestibule.server.operation import Call, Needs, Operation, Work, opened


def get_me(call: Call) -> Me:
    """The client behind the session."""
    return own.describe(call.open, session_of(call))


def post_reauth(call: Call) -> Session:
    """A new token, fresh for a few minutes; the old one is dead."""
    session_of(call)
    session: Session = opened(call, signin.reauthenticate(call.store, call.who, call.body.password))
    return session


def post_password(call: Call) -> None:
    """Change one's own password; other sessions end."""
    body: PasswordChange = call.body
    session_of(call)
    own.change_password(call.store, call.who, body.current, body.new)


def session_of(call: Call) -> str:
    """The session that asks. Raises Refused ``not_signed_in``: the console is nobody's session."""
    if call.who.session_id is None or call.who.client_id is None:
        raise Refused("not_signed_in")
    return call.who.session_id


_WRONG = ("password_wrong", "password_missing", "too_many_attempts", "factor_disabled")

OPERATIONS = (
    Operation("GET", "/v1/me", get_me, "Who am I", returns=Me, needs=Needs.SESSION, enrolling=True),
    Operation(
        "POST",
        "/v1/me/reauth",
        post_reauth,
        "Prove who you are again",
        returns=Session,
        needs=Needs.SESSION,
        work=Work.NOTHING,
        status=201,
        body=Reauthenticate,
        hashes=True,
        enrolling=True,
        refusals=_WRONG,
    ),
    Operation(
        "POST",
        "/v1/me/password",
        post_password,
        "Change one's own password",
        returns=None,
        needs=Needs.SESSION,
        work=Work.NOTHING,
        status=204,
        body=PasswordChange,
        hashes=True,
        enrolling=True,
        refusals=(*_WRONG, "password_short", "password_common", "text_too_long"),
    ),
)
