"""The words of the two-factor policy and of text messages."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.render.test_client_row import client
from vestibule.config_fault import ConfigFault
from vestibule.models import FactorKind, Kind
from vestibule.render import client_details, need_words, sms_words
from vestibule.render.policy_words import (
    SWITCHES,
    asked_now,
    done,
    explained,
    hindrance,
    lines,
    turning,
    would_ask_also,
)
from vestibule.two_factor_models import (
    Delivery,
    Policy,
    Requirement,
    RequirementName,
    Sms,
    SmsPurpose,
)

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)  # a Wednesday, 11:00 at the site
ZONE = ZoneInfo("Europe/Zurich")
REASONS = [
    (RequirementName.SERVER_VERSION, True, "ok", "1.2.3", "✓ 1.2.3"),
    (RequirementName.SERVER_VERSION, False, "version_old", "", "✗ too old"),
    (RequirementName.CLOCK, True, "ok", "-0.3", "✓ right within 5 s"),
    (RequirementName.CLOCK, False, "clock_off", "-12.3", "✗ 12.3 s off"),
    (RequirementName.CLOCK, None, "clock_unknown", "", "? cannot be told"),
    (RequirementName.VAULT_KEY, True, "ok", "", "✓ present and private"),
    (RequirementName.VAULT_KEY, False, "key_missing", "/k", "✗ missing"),
    (RequirementName.VAULT_KEY, False, "files_loose", "/k", "✗ not private"),
    (RequirementName.VAULT_KEY, False, "key_unreadable", "/k", "✗ cannot be read"),
    (RequirementName.SMS_GATEWAY, True, "ok", "", "✓ answers"),
    (RequirementName.SMS_GATEWAY, False, "sms_not_set_up", "", "✗ not set up"),
    (RequirementName.SMS_GATEWAY, False, "sms_config_wrong", "", "✗ set up wrongly"),
    (RequirementName.SMS_GATEWAY, False, "sms_silent", "HTTP 500", "✗ does not answer"),
    (RequirementName.SMS_GATEWAY, None, "sms_unused", "", "– SMS is off"),
    (RequirementName.SMS_GATEWAY, False, "of_the_future", "\x1b[2J", "✗ of_the_future"),
]


def need(name: RequirementName, met: bool | None, reason: str, detail: str = "") -> Requirement:
    return Requirement(name=name, met=met, reason=reason, detail=detail)


def policy(**fields: Any) -> Policy:
    start: dict[str, Any] = dict.fromkeys(SWITCHES, False)
    start |= {"asked": 0, "would_ask": {}, "sms_only": 0, "requirements": [], "gateway": ""}
    return Policy(**start | fields)


def sms(**fields: Any) -> Sms:
    start: dict[str, Any] = {
        "id": "0" * 16, "at": NOW, "client_id": None, "phone": "•••• 4412", "purpose": SmsPurpose.LOGIN,
        "delivery": Delivery.SENT, "attempts": 1, "reason": "", "done_at": NOW,
    }  # fmt: skip
    return Sms(**start | fields)


@pytest.mark.parametrize(("name", "met", "reason", "detail", "words"), REASONS)
def test_a_requirement_says_why_not_by_a_mark_and_by_words(
    name: RequirementName, met: bool | None, reason: str, detail: str, words: str
) -> None:
    line = lines(policy(requirements=[need(name, met, reason, detail)]), plain=False)[-1]
    assert line.value == words
    plain = lines(policy(requirements=[need(name, met, reason, detail)]), plain=True)[-1]
    assert plain.value[0] in "+x?–"
    assert plain.value[1:] == words[1:]
    whole = need_words.whole(need(name, met, reason, detail))
    assert len(whole) <= 152, "two lines of 78 columns"
    assert detail.lstrip("-") in whole or detail in ("\x1b[2J", "")
    assert not any(unicodedata.category(character) == "Cc" for character in whole)
    assert explained(line, policy(requirements=[need(name, met, reason, detail)])) == whole


def test_a_gateways_own_words_are_cut_and_only_text() -> None:
    silent = need(RequirementName.SMS_GATEWAY, False, "sms_silent", "[@click=app.quit]\x1b[2J" + "x" * 900)
    assert "\x1b" not in need_words.whole(silent)
    assert len(need_words.whole(silent)) < 260
    assert need_words.words(silent) == "does not answer"


def test_the_grid_has_every_switch_and_says_what_has_no_effect() -> None:
    rows = lines(policy(internal=True), plain=False)
    assert [(row.key, row.value, row.reason) for row in rows[:4]] == [
        ("totp_enabled", "off", ""),
        ("internal", "on", "no effect"),
        ("external", "off", ""),
        ("sms_enabled", "off", ""),
    ]
    about = explained(rows[2], policy(would_ask={"external": 0}))
    assert about.startswith("Enable TOTP 2FA is off: no effect now. Guests, tenants")
    on = policy(totp_enabled=True, would_ask={"internal": 1, "external": 3})
    assert not any(row.reason for row in lines(on, plain=False))
    assert explained(lines(on, False)[1], on).startswith("On: asks 1 client more. Staff of the site")
    assert explained(lines(on, False)[2], on).startswith("On: asks 3 clients more. ")
    assert explained(lines(on, False)[4], on) == explained(None, on) == ""


def test_turning_one_on_names_how_many_it_will_ask() -> None:
    on = policy(totp_enabled=True, would_ask={"internal": 3, "external": 1})
    staff, guest = client(kind=Kind.INTERNAL), client()
    assert turning(on, "internal", True).startswith("3 more clients will be asked for a second factor. Who")
    assert "second factor, you among them. Who" in turning(on, "internal", True, staff)
    assert turning(on, "external", True, guest).startswith(
        "1 more client will be asked for a second factor: you."
    )
    assert "you" not in turning(on, "internal", True, guest)
    off = policy(would_ask={"internal": 0, "external": 0, "totp_enabled": 0})
    assert turning(off, "internal", True, staff) == "Nobody more is asked: Enable TOTP 2FA is off."
    assert turning(off, "totp_enabled", True, staff) == "Nobody more is asked."
    assert turning(on, "sms_enabled", True).startswith("Nobody more is asked")


def test_who_is_asked_already_is_not_among_them() -> None:
    on = policy(totp_enabled=True)
    assert would_ask_also(client(), on, "external")
    assert not would_ask_also(client(factors=[FactorKind.APP]), on, "external")
    assert not would_ask_also(client(require_two_factors=True), on, "external")
    assert not would_ask_also(None, on, "external")
    assert not would_ask_also(client(), policy(), "external")
    assert would_ask_also(client(require_two_factors=True), policy(), "totp_enabled")
    assert would_ask_also(client(), policy(external=True), "totp_enabled")
    assert not would_ask_also(client(), policy(internal=True), "totp_enabled")


def test_what_is_not_there_is_said_before_a_switch_is_turned() -> None:
    needs = [
        need(RequirementName.CLOCK, False, "clock_off", "12.3"),
        need(RequirementName.VAULT_KEY, False, "files_loose", "/k"),
        need(RequirementName.SERVER_VERSION, None, "clock_unknown"),
        need(RequirementName.SMS_GATEWAY, None, "sms_unused"),
    ]
    some = policy(requirements=needs)
    assert turning(some, "totp_enabled", True).endswith("Not all that it needs is there: Clock, Vault key.")
    assert "SMS gateway" not in turning(some, "sms_enabled", True)
    some.requirements[3] = need(RequirementName.SMS_GATEWAY, False, "sms_silent", "x")
    assert turning(some, "sms_enabled", True).endswith("Not all that it needs is there: SMS gateway.")
    assert "SMS gateway" not in turning(some, "internal", True)


def test_switching_sms_off_names_who_has_nothing_else() -> None:
    assert turning(policy(), "sms_enabled", False) == "Nobody has SMS as the only factor."
    assert turning(policy(sms_only=1), "sms_enabled", False).startswith("1 client has SMS as its only factor")
    assert turning(policy(sms_only=2), "sms_enabled", False).startswith(
        "2 clients have SMS as their only factor"
    )


def test_asking_fewer_needs_no_question() -> None:
    assert [turning(policy(totp_enabled=True), name, False) for name in SWITCHES[:3]] == ["", "", ""]


def test_sms_cannot_be_turned_on_without_a_gateway() -> None:
    assert hindrance(policy(), "sms_enabled").startswith("The server has no SMS gateway yet")
    wrong = need(RequirementName.SMS_GATEWAY, False, "sms_config_wrong")
    wrong.fault = ConfigFault(code="not_one_of", table="sms", key="kind", detail="http, smtp")
    assert "not right: [sms] kind must be one of: http, smtp." in hindrance(
        policy(requirements=[wrong]), "sms_enabled"
    )
    assert hindrance(policy(gateway="file"), "sms_enabled") == hindrance(policy(), "internal") == ""


def test_what_was_done_says_how_many_are_asked_now() -> None:
    assert [asked_now(policy(asked=count)) for count in (0, 1, 2)] == [
        "nobody is asked now",
        "1 client is asked now",
        "2 clients are asked now",
    ]
    assert done(policy(internal=True), "internal") == (
        "Internal users are to be asked (Enable TOTP 2FA is off); nobody is asked now."
    )
    for name in SWITCHES:
        for value in (True, False):
            now = policy(**{"totp_enabled": True, name: value}, asked=3)
            assert done(now, name).endswith("; 3 clients are asked now.")


def test_a_message_is_told_with_its_reason_and_its_tries() -> None:
    assert sms_words.result(sms()) == "Sent to •••• 4412."
    waiting = sms(delivery=Delivery.QUEUED, reason="no signal", attempts=3, done_at=None)
    assert sms_words.result(waiting) == "On its way to •••• 4412: no signal"
    assert sms_words.whole(waiting, NOW, ZONE) == "11:00 •••• 4412 · login · queued · 3 tries · no signal"
    failed = sms(delivery=Delivery.FAILED, reason="\x1b[31mno", done_at=NOW + timedelta(minutes=9))
    assert sms_words.result(failed) == "Not sent to •••• 4412: <001B>[31mno"
    assert sms_words.whole(failed, NOW, ZONE) == "11:00 •••• 4412 · login · failed 11:09 · <001B>[31mno"
    assert sms_words.result(sms(delivery=Delivery.FAILED)) == "Not sent to •••• 4412."
    assert sms_words.reason(sms(reason="too late")) == "its time was over"
    assert {sms_words.purpose_word(each) for each in SmsPurpose} == {
        "login", "set-up", "removal", "notice", "test",
    }  # fmt: skip
    assert [sms_words.delivery_mark(each, True) for each in Delivery] == ["…", "+", "x"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"asked": True}, "none set up · asked by the policy"),
        ({"asked": True, "require_two_factors": True}, "none set up · required of this client"),
        ({"require_two_factors": True}, "none set up · required once two-factor login is on"),
        (
            {"asked": True, "factors": [FactorKind.APP, FactorKind.SMS]},
            "authenticator app, SMS · by own choice or by the policy",
        ),
    ],
)
def test_a_clients_detail_says_what_it_has_and_who_asks(fields: dict[str, Any], words: str) -> None:
    assert client_details.two_factors(client(**fields)) == words
    shown = dict(client_details.details(client(**fields), NOW, ZONE))
    assert shown.get("Two factors", "") == words
