"""Codes by text message: bound to what they are for, limited, never sent late, forgotten in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.access.people import PASSWORD, SOURCE, STEP, Person, Phone, Time, person, stranger
from vestibule.access import (
    challenges,
    clients,
    devices,
    factors,
    outbox,
    policy,
    signin,
    sms_texts,
    throttle,
)
from vestibule.access.host_settings import load_host_settings
from vestibule.access.outbox_runner import OutboxRunner
from vestibule.access.principal import Principal, console
from vestibule.access.refused import Refused
from vestibule.i18n import LANGUAGES
from vestibule.models import ClientFields, FactorKind, Strength
from vestibule.sms.alphabet import parts
from vestibule.store import schema
from vestibule.store.clock import MINUTE, SECOND
from vestibule.store.engine import Store
from vestibule.two_factor_models import (
    Delivery,
    FactorRemoval,
    Method,
    NoticeKind,
    PolicyChange,
    SmsPurpose,
    SmsSetup,
)

NUMBER = SmsSetup(country="CH", number="079 123 44 12")
E164 = "+41791234412"


@pytest.fixture
def phone(store: Store, tmp_path: Path) -> Phone:
    return Phone(store, tmp_path)


@pytest.fixture
def anna(store: Store) -> Person:
    return person(store, Time(store))


def enrol(anna: Person, phone: Phone, number: SmsSetup = NUMBER) -> None:
    who = anna.who(anna.opened or anna.session())
    with anna.store.write() as tx:
        factors.begin_sms(tx, who, phone.gateway, number)
    code = phone.code()
    anna.opened, _ = factors.confirm(anna.store, phone.gateway, who, FactorKind.SMS, code)
    anna.time.forward(STEP)


def send(anna: Person, phone: Phone, token: str) -> str:
    with anna.store.write() as tx:
        challenges.send_code(tx, phone.gateway, stranger(), token)
    return phone.code()


def refusal(anna: Person, typed: str, token: str, method: Method = Method.SMS) -> str:
    """Why the code is refused; ``in`` when it is not."""
    try:
        anna.answer(typed, method, token)
    except Refused as refused:
        return refused.code
    return "in"


def test_a_number_is_set_up_and_signs_in(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    token = anna.begun()
    code = send(anna, phone, token)
    with anna.store.read() as tx:
        status = challenges.code_status(tx, token)
    assert (status.phone, status.delivery, status.resend_in) == ("•••• 4412", Delivery.SENT, 30)
    assert phone.received()[-1]["to"] == E164
    assert anna.answer(f"{code[:3]} {code[3:]}", Method.SMS, token).strength is Strength.TWO_FACTOR


@pytest.mark.on_both_databases
def test_a_code_is_good_for_its_own_login_and_once(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    first, second = anna.begun(), anna.begun("198.51.100.9")
    code = send(anna, phone, first)
    assert refusal(anna, code, second) == "sms_code_missing"
    anna.time.forward(30 * SECOND)
    other = send(anna, phone, second)
    if other != code:
        assert refusal(anna, code, second) == "factor_code_wrong"
    anna.answer(code, Method.SMS, first)
    assert refusal(anna, code, first) == "challenge_ended"


def test_a_code_for_signing_in_neither_sets_up_nor_removes(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    assert anna.opened is not None
    who = anna.who(anna.opened)
    code = send(anna, phone, anna.begun())
    with pytest.raises(Refused) as caught:
        factors.remove(
            anna.store, phone.gateway, who, FactorKind.SMS, FactorRemoval(code=code, password=PASSWORD)
        )
    assert caught.value.code == "sms_code_missing"
    anna.time.forward(30 * SECOND)
    with anna.store.write() as tx:
        factors.send_removal_code(tx, who, phone.gateway)
    proof = FactorRemoval(code=phone.code(), password=PASSWORD)
    factors.remove(anna.store, phone.gateway, who, FactorKind.SMS, proof)
    assert "removed" in phone.received()[-1]["text"]


@pytest.mark.on_both_databases
def test_another_code_kills_the_one_before_and_resets_no_count(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    token = anna.begun()
    old = send(anna, phone, token)
    for _ in range(4):
        assert refusal(anna, different(old), token) == "factor_code_wrong"
    anna.time.forward(30 * SECOND)
    new = send(anna, phone, token)
    assert refusal(anna, different(new, old), token) == "factor_code_wrong"
    assert refusal(anna, new, token) == "too_many_attempts"


def test_codes_are_sent_half_a_minute_apart_whatever_asks(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    tokens = [anna.begun(f"198.51.100.{number}") for number in range(16)]

    def ask(token: str) -> str:
        try:
            with anna.store.write() as tx:
                challenges.send_code(tx, phone.gateway, stranger(), token)
        except Refused as refused:
            return f"{refused.code} {refused.retry_after}"
        return "sent"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, tokens)) == ["sent"] + ["sms_too_soon 30"] * 15


def test_a_code_lives_ten_minutes(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    with anna.store.write() as tx:
        row = clients.find(tx, anna.client_id)
        sent = outbox.queue(tx, phone.gateway, E164, SmsPurpose.NOTICE, "x", 1, row.id)
        assert outbox.find(tx, sent).vaulted is not None
    token = anna.begun()
    code = send(anna, phone, token)
    anna.time.forward(9 * MINUTE + 59 * SECOND)
    with anna.store.write() as tx:
        changed = update(schema.challenge).values(expires_at=tx.now + MINUTE)
        tx.connection.execute(changed)
    anna.time.forward(2 * SECOND)
    assert refusal(anna, code, token) == "factor_code_expired"


def test_a_landline_is_told_that_it_cannot_receive(anna: Person, phone: Phone) -> None:
    who = anna.who(anna.session())
    for number, code in (("044 668 18 00", "phone_landline"), ("0900 123 456", "phone_premium")):
        with pytest.raises(Refused) as caught, anna.store.write() as tx:
            factors.begin_sms(tx, who, phone.gateway, SmsSetup(country="CH", number=number))
        assert (caught.value.code, caught.value.field) == (code, "number")


def test_a_new_number_counts_once_proven_and_the_old_one_is_told(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    enrol(anna, phone, SmsSetup(country="DE", number="0151 23456789"))
    with anna.store.read() as tx:
        assert challenges.phone_of(tx, anna.client_id) == "+4915123456789"
    added = [message["to"] for message in phone.received() if "added" in message["text"]]
    assert added == [E164, E164, "+4915123456789"] or sorted(added) == sorted([E164, E164, "+4915123456789"])


def test_without_a_gateway_or_when_switched_off_there_is_no_sms(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    token = anna.begun()
    with pytest.raises(Refused, match="sms_not_set_up"), anna.store.write() as tx:
        challenges.send_code(tx, None, stranger(), token)
    with anna.store.write() as tx:
        policy.change(tx, console(), PolicyChange(sms_enabled=False), gateway=True)
        assert challenges.methods(tx, clients.find(tx, anna.client_id)) == [Method.RECOVERY]
    with pytest.raises(Refused, match="sms_off"), anna.store.write() as tx:
        challenges.send_code(tx, phone.gateway, stranger(), token)
    assert refusal(anna, "123456", token) == "sms_off"


@pytest.mark.on_both_databases
def test_caps_and_prefixes(store: Store, anna: Person, tmp_path: Path) -> None:
    rules = 'prefixes = ["+41"]\nper_client_per_day = 3\nper_site_per_hour = 5\n'
    phone = Phone(store, tmp_path, rules)

    def queue(number: str, client_id: str | None = None) -> str:
        try:
            with store.write() as tx:
                outbox.queue(tx, phone.gateway, number, SmsPurpose.TEST, "Hello", 600, client_id)
        except Refused as refused:
            return f"{refused.code} {refused.retry_after or ''}".strip()
        return "queued"

    assert queue("+4915123456789") == "sms_prefix"
    assert [queue(E164, anna.client_id) for _ in range(4)] == ["queued"] * 3 + ["sms_limit 86400"]
    assert [queue(E164) for _ in range(3)] == ["queued"] * 2 + ["sms_limit 3600"]
    anna.time.forward(3600 * SECOND)
    assert queue(E164) == "queued"


@pytest.mark.on_both_databases
def test_nothing_is_sent_late_and_nothing_stays(anna: Person, phone: Phone, tmp_path: Path) -> None:
    enrol(anna, phone)
    token = anna.begun()
    code = send(anna, phone, token)
    anna.time.forward(30 * SECOND)
    with anna.store.write() as tx:
        challenges.send_code(tx, phone.gateway, stranger(), token)  # waits while the gateway is away …
    anna.time.forward(11 * MINUTE)
    texts = [message["text"] for message in phone.received()]
    assert not any("verification" in text for text in texts), "neither carried late nor kept"
    with anna.store.read() as tx:
        newest = outbox.page(tx, None, 10).messages[0]
        assert (newest.delivery, newest.reason) == (Delivery.FAILED, "too late")
        kept = select(schema.sms.c.id).where(schema.sms.c.vaulted.is_not(None))
        assert tx.connection.execute(kept).all() == []
    anna.store.close()
    data = b"".join(path.read_bytes() for path in (tmp_path / "state").glob("site.db*"))
    assert code.encode() + b" is your" not in data


def test_trouble_is_tried_again_and_told(store: Store, anna: Person, tmp_path: Path) -> None:
    """A real program as the gateway: busy at first, then it takes the message."""
    program, log = tmp_path / "gateway", tmp_path / "log"
    program.write_text(
        f"#!/bin/sh\n[ -e {tmp_path}/ready ] || {{ echo modem busy >&2; exit 75; }}\ncat >> {log}\n"
    )
    program.chmod(0o700)
    (tmp_path / "config.toml").write_text(f'[sms]\nkind = "command"\nargv = ["{program}", "{{to}}"]\n')
    gateway = load_host_settings(tmp_path).gateway
    assert gateway is not None
    runner = OutboxRunner(store, gateway, lambda: None)
    with store.write() as tx:
        sent = outbox.queue(tx, gateway, E164, SmsPurpose.TEST, "Hello", 600)
    runner.carry_due(gateway)
    with store.read() as tx:
        waiting = outbox.view(outbox.find(tx, sent))
    assert (waiting.delivery, waiting.attempts, waiting.reason) == (Delivery.QUEUED, 1, "modem busy")
    runner.carry_due(gateway)
    (tmp_path / "ready").touch()
    anna.time.forward(3 * SECOND)
    runner.carry_due(gateway)
    with store.read() as tx:
        done = outbox.view(outbox.find(tx, sent))
    assert (done.delivery, done.attempts, done.reason) == (Delivery.SENT, 2, "")
    assert log.read_text() == "Hello"


@pytest.mark.on_both_databases
def test_two_processes_do_not_send_one_message_twice(store: Store, anna: Person, phone: Phone) -> None:
    with store.write() as tx:
        for _ in range(20):
            outbox.queue(tx, phone.gateway, E164, SmsPurpose.TEST, "Hello", 600)
    runners = [OutboxRunner(store, phone.gateway, lambda: None) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda runner: runner.carry_due(phone.gateway), runners))
    assert len(phone.received()) == 20


def test_the_thread_carries_what_it_is_woken_for(store: Store, phone: Phone, tmp_path: Path) -> None:
    moved = []
    runner = OutboxRunner(store, phone.gateway, lambda: moved.append(1))
    runner.start()
    with store.write() as tx:
        outbox.queue(tx, phone.gateway, E164, SmsPurpose.TEST, "Hello", 600)
    runner.wake()
    runner.close()
    assert moved or len(phone.received()) == 1


def test_the_recovery_code_in_use_is_told_by_phone_at_once(anna: Person, phone: Phone) -> None:
    with anna.store.write() as tx:
        clients.edit(tx, console(), anna.client_id, ClientFields(phone=E164), "")
    anna.enrol()
    challenges.answer(
        anna.store, phone.gateway, stranger(), anna.begun(), Method.RECOVERY, anna.recovery_code
    )
    assert phone.received()[-1]["text"] == "Haus Lindenhof: your recovery code was used to sign in."


@pytest.mark.on_both_databases
def test_an_admin_clears_factors_but_not_those_of_service(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    opened = anna.opened
    assert opened is not None
    with anna.store.write() as tx:
        _, remembered = devices.bind(tx, anna.client_id, "tablet", SOURCE)
    admin = Principal("f" * 16, "192.0.2.1", client_id="f" * 16, session_id="x", admin=True, fresh=True)
    with anna.store.read() as tx:
        service = tx.connection.execute(
            select(schema.client.c.id).where(schema.client.c.service)
        ).scalar_one()
    with pytest.raises(Refused, match="service_reset"), anna.store.write() as tx:
        factors.reset(tx, phone.gateway, admin, service)
    with anna.store.write() as tx:
        factors.reset(tx, phone.gateway, console(), service)
        factors.reset(tx, phone.gateway, admin, anna.client_id)
    with pytest.raises(Refused, match="session_ended"):
        anna.who(opened)
    assert anna.session().strength is Strength.PASSWORD
    with pytest.raises(Refused, match="device_unknown"):
        signin.by_device(anna.store, stranger("192.0.2.1"), remembered)
    assert "reset" in phone.received()[-1]["text"]
    with anna.store.read() as tx:
        assert factors.describe(tx, anna.client_id, phone.gateway).factors == []


def test_a_reset_forgives_a_factor_that_was_disabled(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    with anna.store.write() as tx:
        for _ in range(4):
            throttle.charge(tx, f"factor:sms:{anna.client_id}")
        factors.reset(tx, phone.gateway, console(), anna.client_id)
        assert throttle.charge(tx, f"factor:sms:{anna.client_id}") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_we_send_fits_one_message_in_every_language(store: Store, phone: Phone, language: str) -> None:
    with store.read() as tx:
        texts = [
            sms_texts.code(tx, language, phone.gateway.settings, "123456", 10),
            sms_texts.test(tx, language),
        ]
        texts += [sms_texts.notice(tx, language, what) for what in NoticeKind]
    for text in texts:
        assert (parts(text).alphabet, parts(text).parts) == ("gsm7", 1), text


def different(*codes: str) -> str:
    return next(code for code in ("000000", "111111", "222222") if code not in codes)


def test_one_phone_out_of_reach_does_not_silence_the_other(
    store: Store, anna: Person, tmp_path: Path
) -> None:
    phone = Phone(store, tmp_path, 'prefixes = ["+41"]\n')
    enrol(anna, phone)
    with store.write() as tx:
        clients.edit(tx, console(), anna.client_id, ClientFields(phone="+33612345678"), "")
        factors.reset(tx, phone.gateway, console(), anna.client_id)
    assert [one["to"] for one in phone.received() if "reset" in one["text"]] == [E164]


def test_a_message_that_cannot_be_sent_holds_up_no_other(store: Store, phone: Phone) -> None:
    with store.write() as tx:
        bad = outbox.queue(tx, phone.gateway, E164, SmsPurpose.TEST, "Tab\there", 600)
        outbox.queue(tx, phone.gateway, E164, SmsPurpose.TEST, "Hello", 600)
    assert [one["text"] for one in phone.received()] == ["Hello"]
    with store.read() as tx:
        assert outbox.view(outbox.find(tx, bad)).delivery is Delivery.FAILED


@pytest.mark.on_both_databases
def test_a_removed_client_gets_nothing_and_leaves_no_number(anna: Person, phone: Phone) -> None:
    enrol(anna, phone)
    with anna.store.write() as tx:
        begun = challenges.begin(tx, clients.find(tx, anna.client_id), "password", stranger())
        challenges.send_code(tx, phone.gateway, stranger(), begun.token)
        before = len(phone_lines(phone))
        clients.remove(tx, console(), anna.client_id)
    assert len(phone.received()) == before
    with anna.store.read() as tx:
        assert set(tx.connection.execute(select(schema.sms.c.phone)).scalars()) == {""}
        keys = tx.connection.execute(select(schema.throttle.c.key)).scalars()
        assert not [key for key in keys if anna.client_id in key]


def phone_lines(phone: Phone) -> list[str]:
    """What has arrived, without carrying more."""
    return phone.file.read_text().splitlines()


def test_switching_one_of_two_off_by_the_recovery_code_brings_the_next_one(
    anna: Person, phone: Phone
) -> None:
    anna.enrol()
    enrol(anna, phone)
    assert anna.opened is not None
    proof = FactorRemoval(code=anna.recovery_code, password=PASSWORD, method=Method.RECOVERY)
    who = anna.who(anna.opened)
    new = factors.remove(anna.store, phone.gateway, who, FactorKind.APP, proof)
    assert new not in (None, anna.recovery_code)
    assert refusal(anna, new or "", anna.begun(), Method.RECOVERY) == "in"
