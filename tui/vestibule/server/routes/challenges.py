"""The second window: a login that waits for its second factor."""

from __future__ import annotations

from vestibule.access import challenges
from vestibule.models import Session
from vestibule.server.operation import STANDING, Call, Needs, Operation, Work, opened
from vestibule.two_factor_models import ChallengeAnswer, SmsCode


def post_challenge(call: Call) -> Session:
    """Finish a login by a code."""
    body: ChallengeAnswer = call.body
    token = call.path["challenge"]
    found = challenges.answer(call.store, call.gateway, call.who, token, body.method, body.code)
    session: Session = opened(call, found)
    return session


def post_challenge_sms(call: Call) -> SmsCode:
    """Send a code for this login."""
    return challenges.send_code(call.open, call.gateway, call.who, call.path["challenge"])


def get_challenge_sms(call: Call) -> SmsCode:
    """How far that code has come."""
    return challenges.code_status(call.open, call.path["challenge"])


CODE = (
    "factor_code_incomplete",
    "factor_code_wrong",
    "factor_code_used",
    "factor_code_expired",
    "clock_differs",
    "recovery_code_incomplete",
    "recovery_code_wrong",
    "sms_code_missing",
    "factor_unknown",
    "too_many_attempts",
    "factor_disabled",
)
SENDING = ("sms_off", "sms_not_set_up", "sms_too_soon", "sms_limit", "sms_prefix")
_ONE = "/v1/challenges/{challenge}"

OPERATIONS = (
    Operation(
        "POST",
        _ONE,
        post_challenge,
        "Finish a login by a second factor",
        returns=Session,
        needs=Needs.ANYONE,
        work=Work.NOTHING,
        status=201,
        body=ChallengeAnswer,
        refusals=("challenge_ended", "device_unknown", "sms_off", *CODE, *STANDING),
    ),
    Operation(
        "POST",
        _ONE + "/sms",
        post_challenge_sms,
        "Send a code for this login",
        returns=SmsCode,
        needs=Needs.ANYONE,
        work=Work.WRITE,
        refusals=("challenge_ended", "device_unknown", *SENDING, *STANDING),
    ),
    Operation(
        "GET",
        _ONE + "/sms",
        get_challenge_sms,
        "How far the code has come",
        returns=SmsCode,
        needs=Needs.ANYONE,
        refusals=("challenge_ended", "sms_code_missing"),
    ),
)
