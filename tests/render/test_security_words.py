from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vestibule.models import Client, FactorKind, Kind, State
from vestibule.render.security_words import (
    advice,
    asker,
    delivery,
    facts,
    groups,
    heading,
    kinds,
    methods,
    missing,
    removed,
)
from vestibule.render.when import zone
from vestibule.two_factor_models import Delivery, Factor, Method, SmsCode, TwoFactor

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SITE = zone("Europe/Zurich")
APP = Factor(kind=FactorKind.APP, since=NOW - timedelta(days=1))
SMS = Factor(kind=FactorKind.SMS, since=NOW - timedelta(days=30), phone="•••• 4412")


def state(*factors: Factor, required: bool = False, recovery: bool = True, sms: bool = True) -> TwoFactor:
    since = NOW - timedelta(hours=2) if recovery else None
    return TwoFactor(
        factors=list(factors), required=required, recovery_code_since=since, sms_offered=sms, country="CH"
    )


def client(kind: Kind = Kind.INTERNAL, require: bool = False) -> Client:
    return Client(
        id="0" * 16,
        name="Anna",
        label="Anna",
        state=State.ACTIVE,
        username=None,
        profile="",
        kind=kind,
        admin=False,
        service=False,
        require_two_factors=require,
        factors=[],
        asked=False,
        cloud_access=False,
        enabled=True,
        valid_from=None,
        valid_until=None,
        weekdays=[],
        hours_from=0,
        hours_until=1440,
        phone=None,
        language=None,
        note="",
        created_at=NOW,
        first_login_at=None,
        last_login_at=None,
        code_expires_at=None,
        code=None,
    )


def test_off_says_what_that_means_and_lists_what_could_be_set_up() -> None:
    off = state(recovery=False)
    assert heading(None) == "Two-factor login"
    assert heading(off) == "Two-factor login: off"
    assert advice(off).endswith("Press e to switch it on.")
    assert facts(off, client(), True, NOW, SITE) == [
        ("Authenticator app", "off"),
        ("SMS", "off"),
        ("Asked for", "by nobody"),
        ("Password", "set"),
    ]
    assert [label for label, _ in facts(state(sms=False), client(), False, NOW, SITE)] == [
        "Authenticator app",
        "Asked for",
        "Password",
    ]


def test_on_says_since_when_and_where_codes_go() -> None:
    both = state(SMS, APP)
    assert heading(both) == "Two-factor login: on"
    assert facts(both, client(), False, NOW, SITE) == [
        ("Authenticator app", "since Sat 13:00"),
        ("SMS", "•••• 4412, since 2026-10-23 14:00"),
        ("Recovery code", "since 11:00"),
        ("Asked for", "by nobody but you"),
        ("Password", "none yet"),
    ]
    assert facts(both, client(), False, NOW, SITE, plain=True)[1][1].startswith("**** 4412")
    without = state(APP, recovery=False)
    assert ("Recovery code", "none") in facts(without, client(), True, NOW, SITE)
    assert advice(without).startswith("There is no recovery code.")
    # A factor stays in sight when the site does not send messages any more.
    assert facts(state(SMS, sms=False), client(), True, NOW, SITE)[1][0] == "SMS"


@pytest.mark.parametrize(
    ("kind", "require", "said"),
    [
        (Kind.INTERNAL, False, "by the site, of all its staff"),
        (Kind.EXTERNAL, False, "by the site, of all guests"),
        (Kind.EXTERNAL, True, "by an admin, of you"),
    ],
)
def test_who_asks(kind: Kind, require: bool, said: str) -> None:
    assert asker(state(required=True), client(kind, require)) == said


def test_what_is_there_and_what_is_missing() -> None:
    assert kinds(state(SMS, APP)) == [FactorKind.APP, FactorKind.SMS]
    assert missing(state()) == [FactorKind.APP, FactorKind.SMS]
    assert missing(state(APP)) == [FactorKind.SMS]
    assert missing(state(APP, sms=False)) == []


def test_a_code_comes_from_what_there_is() -> None:
    assert [method for method, _ in methods(state(SMS, APP))] == [Method.APP, Method.SMS, Method.RECOVERY]
    assert [method for method, _ in methods(state(APP, recovery=False))] == [Method.APP]
    assert [method for method, _ in methods(state(SMS, sms=False))] == [Method.RECOVERY]


def test_a_secret_is_typed_in_groups() -> None:
    assert groups("ABCDEFGHIJKLMNOPQR") == "ABCD EFGH IJKL MNOP\nQR"


@pytest.mark.parametrize(
    ("how", "wait", "said"),
    [
        (Delivery.QUEUED, 24, "… On its way to •••• 4412. Another one in 0:24."),
        (Delivery.SENT, 90, "Sent to •••• 4412. Another one in 1:30."),
        (Delivery.SENT, 0, "Sent to •••• 4412."),
        (Delivery.FAILED, 0, "! Not sent to •••• 4412: no modem <001B>[2J"),
    ],
)
def test_how_far_a_code_has_come(how: Delivery, wait: int, said: str) -> None:
    code = SmsCode(phone="•••• 4412", expires_at=NOW, resend_in=wait, delivery=how)
    if how is Delivery.FAILED:
        code.reason = "no modem \x1b[2J"
    assert delivery(code, wait) == said


def test_the_last_factor_switches_two_factor_login_off() -> None:
    assert removed(FactorKind.SMS, [FactorKind.APP]).endswith("Two-factor login stays on.")
    assert removed(FactorKind.APP, []).endswith("Two-factor login is off.")
