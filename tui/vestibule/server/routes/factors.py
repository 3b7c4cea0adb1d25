"""One's own second factors, and what happened to one's access."""

from __future__ import annotations

from vestibule.access import factors, notices
from vestibule.access.refused import Refused
from vestibule.models import FactorKind
from vestibule.server.operation import Call, Needs, Operation, Work, opened
from vestibule.server.routes.challenges import CODE, SENDING
from vestibule.server.routes.me import session_of
from vestibule.two_factor_models import (
    AppSetup,
    FactorAdded,
    FactorConfirm,
    FactorRemoval,
    FactorRemoved,
    Notices,
    NoticesSeen,
    RecoveryCode,
    SmsCode,
    SmsSetup,
    TwoFactor,
)


def get_factors(call: Call) -> TwoFactor:
    """My factors."""
    session_of(call)
    return factors.describe(call.open, str(call.who.client_id), call.gateway)


def post_app(call: Call) -> AppSetup:
    """A new secret for my authenticator app."""
    session_of(call)
    return factors.begin_app(call.open, call.who)


def post_sms(call: Call) -> SmsCode:
    """Send a code to a new number of mine."""
    session_of(call)
    return factors.begin_sms(call.open, call.who, call.gateway, call.body)


def get_sms(call: Call) -> SmsCode:
    """How far that code has come."""
    session_of(call)
    return factors.setup_status(call.open, call.who)


def post_confirm(call: Call) -> FactorAdded:
    """Prove a factor; it is in force then."""
    session_of(call)
    body: FactorConfirm = call.body
    found, recovery = factors.confirm(call.store, call.gateway, call.who, _kind(call), body.code)
    return FactorAdded(session=opened(call, found), recovery_code=recovery)


def post_recovery(call: Call) -> RecoveryCode:
    """A new recovery code."""
    session_of(call)
    return RecoveryCode(recovery_code=factors.renew_recovery(call.open, call.who, call.gateway))


def post_removal_code(call: Call) -> SmsCode:
    """Send a code to my number, good for switching a factor off."""
    session_of(call)
    return factors.send_removal_code(call.open, call.who, call.gateway)


def get_removal_code(call: Call) -> SmsCode:
    """How far that code has come."""
    session_of(call)
    return factors.removal_status(call.open, call.who)


def delete_factor(call: Call) -> FactorRemoved:
    """Switch a factor of mine off."""
    session_of(call)
    body: FactorRemoval = call.body
    code = factors.remove(call.store, call.gateway, call.who, _kind(call), body)
    return FactorRemoved(recovery_code=code)


def get_notices(call: Call) -> Notices:
    """What I was not told yet."""
    session_of(call)
    return notices.unseen(call.open, str(call.who.client_id))


def post_notices_seen(call: Call) -> None:
    """I have read it."""
    session_of(call)
    notices.seen(call.open, call.who, call.body.last)


def _kind(call: Call) -> FactorKind:
    try:
        return FactorKind(call.path["kind"])
    except ValueError:
        raise Refused("factor_unknown") from None


_ME = "/v1/me/factors"

OPERATIONS = (
    Operation("GET", _ME, get_factors, "My factors", TwoFactor, Needs.SESSION, enrolling=True),
    Operation(
        "POST",
        _ME + "/app",
        post_app,
        "A new secret for an authenticator app",
        returns=AppSetup,
        needs=Needs.SESSION,
        work=Work.WRITE,
        status=201,
        enrolling=True,
        refusals=("reauthentication_needed",),
    ),
    Operation(
        "POST",
        _ME + "/sms",
        post_sms,
        "Send a code to a new number",
        returns=SmsCode,
        needs=Needs.SESSION,
        work=Work.WRITE,
        body=SmsSetup,
        enrolling=True,
        refusals=("reauthentication_needed", "phone_invalid", "phone_landline", "phone_premium", *SENDING),
    ),
    Operation(
        "GET",
        _ME + "/sms",
        get_sms,
        "How far that code has come",
        returns=SmsCode,
        needs=Needs.SESSION,
        enrolling=True,
        refusals=("sms_code_missing",),
    ),
    Operation(
        "POST",
        _ME + "/{kind}/confirm",
        post_confirm,
        "Prove a factor by a code",
        returns=FactorAdded,
        needs=Needs.SESSION,
        work=Work.NOTHING,
        body=FactorConfirm,
        enrolling=True,
        refusals=("factor_setup_ended", "reauthentication_needed", *CODE),
    ),
    Operation(
        "POST",
        "/v1/me/recovery",
        post_recovery,
        "A new recovery code",
        returns=RecoveryCode,
        needs=Needs.SESSION,
        work=Work.WRITE,
        status=201,
        refusals=("reauthentication_needed", "factor_unknown"),
    ),
    Operation(
        "POST",
        _ME + "/sms/code",
        post_removal_code,
        "Send a code for switching a factor off",
        returns=SmsCode,
        needs=Needs.SESSION,
        work=Work.WRITE,
        refusals=SENDING,
    ),
    Operation(
        "GET",
        _ME + "/sms/code",
        get_removal_code,
        "How far that code has come",
        returns=SmsCode,
        needs=Needs.SESSION,
        refusals=("sms_code_missing",),
    ),
    Operation(
        "DELETE",
        _ME + "/{kind}",
        delete_factor,
        "Switch a factor off",
        returns=FactorRemoved,
        needs=Needs.SESSION,
        work=Work.NOTHING,
        body=FactorRemoval,
        hashes=True,
        refusals=("password_wrong", "factor_required", *CODE),
    ),
    Operation(
        "GET",
        "/v1/me/notices",
        get_notices,
        "What I was not told yet",
        Notices,
        Needs.SESSION,
        enrolling=True,
    ),
    Operation(
        "POST",
        "/v1/me/notices/seen",
        post_notices_seen,
        "I have read it",
        returns=None,
        needs=Needs.SESSION,
        work=Work.WRITE,
        status=204,
        body=NoticesSeen,
        enrolling=True,
    ),
)
