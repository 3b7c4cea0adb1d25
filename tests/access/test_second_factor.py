"""The second window: once, counted, bound to its login, and told to the client when it fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.access.people import PASSWORD, SOURCE, STEP, Person, Time, person, stranger
from tests.sites import Place
from vestibule.access import audit, challenges, clients, factors, notices, policy, sessions, signin, throttle
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.models import ClientFields, FactorKind, Strength
from vestibule.store import schema
from vestibule.store.clock import MINUTE, SECOND, Clock
from vestibule.store.engine import Store
from vestibule.two_factor_models import FactorRemoval, Method, NoticeKind, PolicyChange


@pytest.fixture
def anna(store: Store) -> Person:
    """Somebody whose authenticator app is set up."""
    anna = person(store, Time(store))
    anna.enrol()
    return anna


def refusal(anna: Person, typed: str, method: Method = Method.APP, token: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        anna.answer(typed, method, token)
    return caught.value


def told(anna: Person) -> list[NoticeKind]:
    with anna.store.read() as tx:
        return [notice.what for notice in notices.unseen(tx, anna.client_id).notices]


def test_without_a_factor_a_password_is_enough(store: Store) -> None:
    assert person(store, Time(store)).session().strength is Strength.PASSWORD


def test_name_and_password_open_the_second_window_and_a_code_opens_the_door(anna: Person) -> None:
    begun = anna.sign_in()
    assert isinstance(begun, challenges.Begun)
    assert begun.methods == [Method.APP, Method.RECOVERY]
    opened = anna.answer(anna.code()[:3] + " " + anna.code()[3:], token=begun.token)
    assert opened.strength is Strength.TWO_FACTOR
    assert anna.who(opened).fresh


@pytest.mark.on_both_databases
def test_a_code_is_taken_once(anna: Person) -> None:
    code = anna.code()
    anna.answer(code)
    assert refusal(anna, code).code == "factor_code_used"
    assert refusal(anna, anna.code(-1)).code == "factor_code_used"
    anna.answer(anna.code(1))


def test_the_code_that_proved_the_factor_does_not_sign_in(store: Store) -> None:
    anna = person(store, Time(store))
    anna.enrol()
    anna.time.forward(-STEP)
    assert refusal(anna, anna.code()).code == "factor_code_used"


def test_of_sixty_four_wrong_at_once_five_are_looked_at(anna: Person) -> None:
    tokens = [anna.begun(f"198.51.100.{number}") for number in range(64)]

    def attempt(token: str) -> str:
        return refusal(anna, "000000" if anna.code() != "000000" else "000001", token=token).code

    with ThreadPoolExecutor(16) as pool:
        fates = list(pool.map(attempt, tokens))
    assert fates.count("factor_code_wrong") == 5
    assert fates.count("too_many_attempts") == 59


@pytest.mark.on_both_databases
def test_the_count_survives_a_restart(anna: Person, place: Place) -> None:
    for _ in range(4):
        assert refusal(anna, wrong(anna)).code == "factor_code_wrong"
    anna.store.close()
    anna.store = place.open()
    anna.store.clock = Clock(lambda: anna.time.now)
    assert refusal(anna, wrong(anna)).code == "factor_code_wrong"
    refused = refusal(anna, anna.code())
    assert (refused.code, refused.retry_after) == ("too_many_attempts", 30)
    anna.store.close()


def test_the_right_code_forgives_the_wrong_ones(anna: Person) -> None:
    for _ in range(4):
        refusal(anna, wrong(anna))
    anna.answer(anna.code())
    anna.time.forward(STEP)
    for _ in range(4):
        assert refusal(anna, wrong(anna)).code == "factor_code_wrong"


def test_a_hundred_wrong_in_a_row_disable_that_factor_only(anna: Person) -> None:
    for _ in range(97):
        with anna.store.write() as tx:
            throttle.charge(tx, f"factor:app:{anna.client_id}", throttle.LAST_ATTEMPT)
        anna.time.forward(61 * MINUTE)
    for _ in range(3):
        assert refusal(anna, wrong(anna)).code == "factor_code_wrong"
        anna.time.forward(61 * MINUTE)
    assert refusal(anna, anna.code()).code == "factor_disabled"
    anna.time.forward(30 * 24 * 60 * MINUTE)
    assert refusal(anna, anna.code()).code == "factor_disabled"
    opened = anna.answer(anna.recovery_code, Method.RECOVERY)
    who = anna.who(opened)
    with anna.store.write() as tx:
        anna.secret = factors.begin_app(tx, who).secret
    factors.confirm(anna.store, None, who, FactorKind.APP, anna.code())
    anna.time.forward(STEP)
    anna.answer(anna.code())


def test_a_recovery_code_alone_never_signs_in(anna: Person) -> None:
    for typed in (anna.recovery_code, ""):
        with pytest.raises(Refused) as caught:
            signin.by_password(anna.store, stranger(SOURCE), anna.username, typed, None)
        assert caught.value.code == "password_wrong"
    with pytest.raises(Refused) as caught:
        signin.by_code(anna.store, stranger(SOURCE), anna.recovery_code, "Anna", "pc")
    assert caught.value.code == "code_incomplete"
    assert refusal(anna, anna.recovery_code, Method.RECOVERY, token="vq_nothing").code == "challenge_ended"


@pytest.mark.on_both_databases
def test_a_used_recovery_code_is_replaced_and_the_client_is_told(anna: Person) -> None:
    old = anna.recovery_code
    opened = anna.answer(old.lower().replace("-", " "), Method.RECOVERY)
    assert opened.strength is Strength.TWO_FACTOR
    assert opened.recovery_code not in (None, old)
    assert told(anna) == [NoticeKind.FACTOR_ADDED, NoticeKind.RECOVERY_USED]
    assert refusal(anna, old, Method.RECOVERY).code == "recovery_code_wrong"
    anna.answer(opened.recovery_code or "", Method.RECOVERY)


def test_a_login_ends_after_ten_minutes_and_after_its_use(anna: Person) -> None:
    token = anna.begun()
    anna.time.forward(10 * MINUTE)
    assert refusal(anna, anna.code(), token=token).code == "challenge_ended"
    token = anna.begun()
    anna.answer(anna.code(), token=token)
    anna.time.forward(STEP)
    assert refusal(anna, anna.code(), token=token).code == "challenge_ended"


def test_a_new_password_ends_the_logins_that_began_with_the_old_one(anna: Person) -> None:
    token = anna.begun()
    with anna.store.write() as tx:
        changed = schema.client.update().where(schema.client.c.id == anna.client_id)
        tx.connection.execute(changed.values(password_hash="another"))
    assert refusal(anna, anna.code(), token=token).code == "challenge_ended"


def test_a_session_from_before_the_factor_is_worth_nothing_after_it(store: Store) -> None:
    anna = person(store, Time(store))
    before = anna.session()
    anna.enrol()
    with pytest.raises(Refused) as caught:
        anna.who(before)
    assert caught.value.code == "session_ended"
    assert anna.opened is not None
    assert not anna.who(anna.opened).enrolling


@pytest.mark.on_both_databases
def test_a_right_password_without_the_second_factor_is_told(anna: Person) -> None:
    elsewhere = anna.begun("198.51.100.9")
    with pytest.raises(Refused):
        anna.answer(wrong(anna), token=elsewhere, source="198.51.100.9")
    anna.begun("203.0.113.5")
    anna.time.forward(11 * MINUTE)
    with anna.store.write() as tx:
        assert challenges.overdue(tx)
        challenges.sweep(tx, None)
        assert not challenges.overdue(tx)
    anna.answer(anna.code())
    with anna.store.read() as tx:
        found = notices.unseen(tx, anna.client_id).notices
    failed = NoticeKind.SECOND_FACTOR_FAILED
    assert [(one.what, one.source) for one in found[1:]] == [
        (failed, "198.51.100.9"),
        (failed, "203.0.113.5"),
    ]


def test_ones_own_slips_are_not_told(anna: Person) -> None:
    anna.begun()
    token = anna.begun()
    refusal(anna, wrong(anna), token=token)
    assert NoticeKind.SECOND_FACTOR_FAILED in told(anna)
    anna.answer(anna.code(), token=token)
    anna.time.forward(11 * MINUTE)
    with anna.store.write() as tx:
        challenges.sweep(tx, None)
    assert told(anna) == [NoticeKind.FACTOR_ADDED]


def test_a_wrong_clock_is_told_and_counted(anna: Person) -> None:
    refused = refusal(anna, anna.code(10))
    assert (refused.code, refused.detail) == ("clock_differs", "300")
    with anna.store.read() as tx:
        key = f"factor:app:{anna.client_id}"
        count = select(schema.throttle.c.failures).where(schema.throttle.c.key == key)
        assert tx.connection.execute(count).scalar_one() == 1


@pytest.mark.on_both_databases
def test_switching_off_needs_password_and_code(anna: Person) -> None:
    assert anna.opened is not None
    who = anna.who(anna.opened)

    def off(password: str, code: str, method: Method | None = None) -> str:
        try:
            proof = FactorRemoval(code=code, password=password, method=method)
            factors.remove(anna.store, None, who, FactorKind.APP, proof)
        except Refused as refused:
            return refused.code
        return "off"

    assert off("not this", anna.code()) == "password_wrong"
    assert off(PASSWORD, wrong(anna)) == "factor_code_wrong"
    assert off(PASSWORD, "１２３４５６") == "factor_code_incomplete"
    assert off(PASSWORD, anna.code()) == "off"
    assert told(anna)[-1] is NoticeKind.FACTOR_REMOVED
    assert anna.session().strength is Strength.PASSWORD
    with anna.store.read() as tx:
        assert factors.describe(tx, anna.client_id, None).recovery_code_since is None


def test_a_lost_phone_is_switched_off_by_the_recovery_code(anna: Person) -> None:
    assert anna.opened is not None
    proof = FactorRemoval(code=anna.recovery_code, password=PASSWORD, method=Method.RECOVERY)
    factors.remove(anna.store, None, anna.who(anna.opened), FactorKind.APP, proof)
    assert isinstance(anna.sign_in(), sessions.Opened)


@pytest.mark.on_both_databases
def test_synchronising_keeps_the_old_app_until_the_new_one_is_proven(anna: Person) -> None:
    assert anna.opened is not None
    who, old = anna.who(anna.opened), anna.secret
    with anna.store.write() as tx:
        new = factors.begin_app(tx, who).secret
    anna.answer(anna.code())
    anna.time.forward(STEP)
    anna.secret = new
    opened, recovery = factors.confirm(anna.store, None, who, FactorKind.APP, anna.code())
    assert recovery is None, "there is one already, and it is never shown again"
    anna.time.forward(STEP)
    anna.answer(anna.code())
    anna.secret = old
    anna.time.forward(STEP)
    assert refusal(anna, anna.code()).code == "factor_code_wrong"
    assert anna.who(opened).fresh


def test_a_new_recovery_code_kills_the_one_before(anna: Person) -> None:
    assert anna.opened is not None
    with anna.store.write() as tx:
        new = factors.renew_recovery(tx, anna.who(anna.opened), None)
    assert told(anna)[-1] is NoticeKind.RECOVERY_MADE
    assert refusal(anna, anna.recovery_code, Method.RECOVERY).code == "recovery_code_wrong"
    anna.answer(new, Method.RECOVERY)


def test_a_setup_ends_after_ten_minutes(store: Store) -> None:
    anna = person(store, Time(store))
    who = anna.who(anna.session())
    with store.write() as tx:
        anna.secret = factors.begin_app(tx, who).secret
    anna.time.forward(10 * MINUTE)
    with pytest.raises(Refused) as caught:
        factors.confirm(store, None, who, FactorKind.APP, anna.code())
    assert caught.value.code == "factor_setup_ended"


def test_adding_a_factor_needs_a_fresh_proof_of_who_it_is(store: Store) -> None:
    anna = person(store, Time(store))
    opened = anna.session()
    anna.time.forward(6 * MINUTE)
    who = anna.who(opened)
    with pytest.raises(Refused) as caught, store.write() as tx:
        factors.begin_app(tx, who)
    assert caught.value.code == "reauthentication_needed"


def test_nothing_of_it_lies_in_clear_in_the_database(anna: Person, tmp_path: Path) -> None:
    token = anna.begun()
    anna.store.close()
    data = b"".join(path.read_bytes() for path in (tmp_path / "state").glob("site.db*"))
    for secret in (anna.secret, anna.recovery_code, anna.recovery_code.replace("-", ""), token):
        assert secret.encode() not in data


@pytest.mark.on_both_databases
def test_every_decision_is_audited(anna: Person) -> None:
    refusal(anna, wrong(anna))
    code = anna.code()
    anna.answer(code)
    refusal(anna, code)
    with anna.store.read() as tx:
        rows = tx.connection.execute(select(schema.audit.c.action, schema.audit.c.outcome)).all()
        assert audit.verify(tx).ok
    assert [tuple(row) for row in rows if row.action in ("factor.added", "challenge.answered")] == [
        ("factor.added", "ok"),
        ("challenge.answered", "factor_code_wrong"),
        ("challenge.answered", "factor_code_used"),
    ]


def wrong(anna: Person) -> str:
    """Six digits that no step around now has."""
    near = {anna.code(steps) for steps in range(-11, 12)}
    return next(code for code in (f"{number:06d}" for number in range(100)) if code not in near)


def test_time_spent_waiting_is_told_in_seconds(anna: Person) -> None:
    for _ in range(5):
        refusal(anna, wrong(anna))
    anna.time.forward(29 * SECOND)
    assert refusal(anna, anna.code()).retry_after == 1


def test_a_code_to_come_that_was_told_of_is_not_taken_then(anna: Person) -> None:
    """Otherwise a guess at one of the codes to come would pay as well as one at the code of now."""
    ahead = anna.code(7)
    assert refusal(anna, ahead).code == "clock_differs"
    anna.time.forward(7 * STEP)
    assert refusal(anna, ahead).code == "factor_code_used"
    anna.answer(anna.code(1))


def test_a_stranger_far_away_keeps_nobody_out_for_good(store: Store) -> None:
    anna = person(store, Time(store))

    def guess(source: str) -> str:
        with pytest.raises(Refused) as caught:
            signin.by_password(store, stranger(source), anna.username, "not this one, surely", None)
        return caught.value.code

    assert [guess("203.0.113.5") for _ in range(6)] == ["password_wrong"] * 5 + ["too_many_attempts"]
    assert anna.session().strength is Strength.PASSWORD
    for _ in range(120):
        with suppress(Refused), store.write() as tx:
            key = signin.password_key(tx.vault, anna.username)
            throttle.charge(tx, key, free=throttle.LAST_ATTEMPT)
    assert guess(SOURCE) == "too_many_attempts"
    anna.time.forward(61 * MINUTE)
    assert anna.session().strength is Strength.PASSWORD


@pytest.mark.on_both_databases
def test_many_logins_given_up_are_one_notice(anna: Person) -> None:
    for _ in range(20):
        anna.begun("203.0.113.5")
    anna.time.forward(11 * MINUTE)
    with anna.store.write() as tx:
        challenges.sweep(tx, None)
    assert told(anna) == [NoticeKind.FACTOR_ADDED, NoticeKind.SECOND_FACTOR_FAILED]


def test_a_wrong_code_from_the_same_place_is_told_all_the_same(anna: Person) -> None:
    refusal(anna, wrong(anna), token=anna.begun())
    anna.answer(anna.code(), token=anna.begun())
    assert told(anna) == [NoticeKind.FACTOR_ADDED, NoticeKind.SECOND_FACTOR_FAILED]


def test_a_new_recovery_code_is_not_locked_by_guesses_at_the_old_one(anna: Person) -> None:
    with anna.store.write() as tx:
        for _ in range(5):
            throttle.charge(tx, f"factor:recovery:{anna.client_id}")
    assert refusal(anna, anna.recovery_code, Method.RECOVERY).code == "too_many_attempts"
    assert anna.opened is not None
    with anna.store.write() as tx:
        new = factors.renew_recovery(tx, anna.who(anna.opened), None)
    anna.answer(new, Method.RECOVERY)


def test_who_is_asked_after_switching_off_must_enrol_anew(anna: Person) -> None:
    assert anna.opened is not None
    proof = FactorRemoval(code=anna.code(), password=PASSWORD)
    factors.remove(anna.store, None, anna.who(anna.opened), FactorKind.APP, proof)
    with anna.store.write() as tx:
        policy.change(tx, console(), PolicyChange(totp_enabled=True, internal=True), gateway=False)
    assert anna.who(anna.opened).enrolling


@pytest.mark.on_both_databases
def test_a_login_begun_before_a_disable_is_worth_nothing_after_it(anna: Person) -> None:
    token = anna.begun()
    for enabled in (False, True):
        with anna.store.write() as tx:
            clients.edit(tx, console(), anna.client_id, ClientFields(enabled=enabled), "")
    assert refusal(anna, anna.code(), token=token).code == "challenge_ended"
