"""The second window: a login that was right so far and waits for a second factor."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select, update

from vestibule.access import (
    attempts,
    audit,
    devices,
    holding,
    notices,
    phones,
    policy,
    recovery,
    second_factor,
    sessions,
    sms_codes,
    throttle,
)
from vestibule.access.admission import admitted, note_login, note_opened
from vestibule.access.outbox import Gateway
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import FactorKind, Strength
from vestibule.store.clock import MINUTE
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import challenge, client, factor, notice
from vestibule.two_factor_models import Method, NoticeKind, SmsCode, SmsPurpose

LIFE = 10 * MINUTE
_WAITING = 5
"""Logins of one client from one place that may wait at once."""
_SWEPT = 100
"""In one transaction, so that nobody else waits long."""
_WRONG = frozenset({"factor_code_wrong", "clock_differs", "recovery_code_wrong"})


@dataclass(frozen=True)
class Begun:
    """A login that goes on in the second window; the token is shown once."""

    token: str
    methods: list[Method]
    phone: str | None
    expires_at: int

    def __repr__(self) -> str:
        return f"Begun(methods={self.methods!r}, ••••)"


def begin(
    tx: Transaction,
    row: Any,
    mode: str,
    who: Principal,
    *,
    device_id: str | None = None,
    device_name: str | None = None,
    name: str | None = None,
) -> Begun:
    """Ask the client of ``row`` for a second factor; ``name`` is what a first login will call it."""
    _make_room(tx, row.id, who.source)
    token = "vq_" + secrets.token_urlsafe(32)
    columns = {"id": secrets.token_hex(8), "digest": _digest(tx, token), "client_id": row.id, "mode": mode}
    columns |= {"source": who.source, "device_id": device_id, "device_name": device_name, "name": name}
    columns |= {"password_hash": row.password_hash, "created_at": tx.now, "expires_at": tx.now + LIFE}
    tx.connection.execute(challenge.insert().values(**columns))
    audit.record(tx, replace(who, actor=row.id), "challenge.begun", row.id, detail={"mode": mode})
    return Begun(token, methods(tx, row), _masked(phone_of(tx, row.id)), tx.now + LIFE)


def _make_room(tx: Transaction, client_id: str, source: str) -> None:
    """Of many logins begun from one place only the newest few wait; the others have come to nothing."""
    mine = (
        (challenge.c.client_id == client_id) & (challenge.c.source == source) & challenge.c.done_at.is_(None)
    )
    waiting = select(challenge.c.id).where(mine).order_by(challenge.c.created_at.desc(), challenge.c.id)
    for surplus in tx.connection.execute(waiting.offset(_WAITING - 1)).scalars().all():
        notices.add_once(tx, client_id, NoticeKind.SECOND_FACTOR_FAILED, source, surplus)
        tx.connection.execute(delete(challenge).where(challenge.c.id == surplus))


def methods(tx: Transaction, row: Any) -> list[Method]:
    """What the client of ``row`` may answer with."""
    offered = [Method(kind.value) for kind in policy.factor_list(row.factors)]
    if not policy.in_force(tx).sms_enabled:
        offered = [method for method in offered if method is not Method.SMS]
    return offered + ([Method.RECOVERY] if recovery.since(tx, row.id) else [])


def phone_of(tx: Transaction, client_id: str) -> str | None:
    """The number that the client's codes go to."""
    mine = (factor.c.client_id == client_id) & (factor.c.kind == FactorKind.SMS.value)
    return tx.connection.execute(select(factor.c.phone).where(mine)).scalar_one_or_none()


def send_code(tx: Transaction, gateway: Gateway | None, who: Principal, token: str) -> SmsCode:
    """Send a code for this login only.

    Raises Refused: ``challenge_ended``, ``sms_off``, and as ``sms_codes.send``.
    """
    pending = _pending(tx, token)
    row = admitted(tx, pending.client_id, who)
    phone = phone_of(tx, row.id)
    if phone is None or Method.SMS not in methods(tx, row):
        raise Refused("sms_off")
    return sms_codes.send(tx, gateway, row, phone, SmsPurpose.LOGIN, _owner(pending.id))


def code_status(tx: Transaction, token: str) -> SmsCode:
    """How far the code for this login has come. Raises Refused: ``challenge_ended``, ``sms_code_missing``."""
    return sms_codes.status(tx, _owner(_pending(tx, token).id))


def answer(
    store: Store, gateway: Gateway | None, who: Principal, token: str, method: Method, typed: str
) -> sessions.Opened:
    """Finish a login by a code of ``method``; it opens a session and leaves nothing to be used again.

    Raises Refused: ``challenge_ended``, ``too_many_attempts``, ``factor_disabled``, or what is wrong
    with the code.
    """
    plain = second_factor.normal(method, typed)
    with store.read() as tx:
        pending = _pending(tx, token)
    key = second_factor.key(pending.client_id, method)
    subject, action = pending.client_id, "challenge.answered"
    last = throttle.LAST_ATTEMPT
    count = attempts.charge(store, who.source, key, last, action=action, subject=subject)

    def decide(tx: Transaction) -> sessions.Opened:
        holding.hold_client(tx, subject)
        row = _take(tx, who, token)
        if method not in methods(tx, row):
            raise Refused("sms_off" if method is Method.SMS else "factor_unknown")
        second_factor.spend(tx, row.id, method, plain, _owner(pending.id))
        throttle.forgive(tx, key)
        return _open(tx, gateway, who, pending, row, method)

    try:
        return attempts.decided(store, who, decide, action=action, subject=subject)
    except Refused as refused:
        if refused.code in _WRONG:
            _tell_failed(store, gateway, pending, by_phone=count == throttle.FREE_ATTEMPTS)
        if refused.code == "clock_differs":
            with store.write() as tx:
                second_factor.remember_told(tx, subject, int(refused.detail))
        if count == last:
            with store.write() as tx:
                audit.record(tx, who, "factor.disabled", subject, detail={"factor": method.value})
        raise


def _take(tx: Transaction, who: Principal, token: str) -> Any:
    """Mark the login as done, once, and return its client's row as it is now."""
    alive = challenge.c.done_at.is_(None) & (challenge.c.expires_at > tx.now)
    mine = challenge.c.digest == _digest(tx, token)
    taken = update(challenge).where(mine, alive).values(done_at=tx.now).returning(challenge)
    pending = tx.connection.execute(taken).one_or_none()
    if pending is None:
        raise Refused("challenge_ended")
    row = admitted(tx, pending.client_id, who)
    if row.password_hash != pending.password_hash:
        raise Refused("challenge_ended")
    return row


def _open(
    tx: Transaction, gateway: Gateway | None, who: Principal, pending: Any, row: Any, method: Method
) -> sessions.Opened:
    note_login(tx, row, pending.name or row.name)
    device_id, device_token = pending.device_id, None
    if pending.device_name:
        device_id, device_token = devices.bind(tx, row.id, pending.device_name, who.source)
    strength = Strength.TWO_FACTOR
    opened = sessions.open_session(tx, who, row.id, device_id=device_id, fresh=True, strength=strength)
    detail = {"mode": pending.mode, "factor": method.value, "device": pending.device_name}
    note_opened(tx, who, row.id, detail)
    notices.take_back(tx, pending.id)
    _hush_siblings(tx, row.id, who.source)
    if method is not Method.RECOVERY:
        return replace(opened, device_token=device_token)
    notices.tell(tx, gateway, row, NoticeKind.RECOVERY_USED, who.source)
    return replace(opened, device_token=device_token, recovery_code=recovery.make(tx, row.id))


def _hush_siblings(tx: Transaction, client_id: str, source: str) -> None:
    """Whoever got in has also begun the other logins from there, but for those with a wrong code."""
    same = (challenge.c.client_id == client_id) & (challenge.c.source == source)
    told = select(notice.c.challenge_id).where(notice.c.challenge_id.is_not(None))
    tx.connection.execute(update(challenge).where(same, challenge.c.id.not_in(told)).values(quiet=True))


def _tell_failed(store: Store, gateway: Gateway | None, pending: Any, *, by_phone: bool) -> None:
    what = NoticeKind.SECOND_FACTOR_FAILED
    with store.write() as tx:
        holding.hold_client(tx, pending.client_id)
        row = tx.connection.execute(select(client).where(client.c.id == pending.client_id)).one_or_none()
        if row is None:
            return
        notices.add_once(tx, row.id, what, pending.source, pending.id)
        if by_phone:
            notices.send(tx, gateway, row, what)


def overdue(tx: Transaction) -> bool:
    """Whether logins were given up."""
    query = select(challenge.c.id).where(challenge.c.expires_at <= tx.now).limit(1)
    return tx.connection.execute(query).first() is not None


def sweep(tx: Transaction, gateway: Gateway | None) -> None:
    """Tell of logins that never came through: the password was right, the second factor was not."""
    over = select(challenge).join_from(challenge, client).where(challenge.c.expires_at <= tx.now)
    free = over.limit(_SWEPT).with_for_update(skip_locked=True, key_share=True)
    for pending in tx.connection.execute(free).all():
        # A device that came by itself and gave up is nobody who knew a password.
        if pending.done_at is None and pending.mode != "device" and not pending.quiet:
            row = tx.connection.execute(select(client).where(client.c.id == pending.client_id)).one()
            what = NoticeKind.SECOND_FACTOR_FAILED
            if notices.add_once(tx, row.id, what, pending.source, pending.id):
                notices.send(tx, gateway, row, what)
            audit.record(
                tx, Principal("-", pending.source), "challenge.ended", row.id, "second_factor_missing"
            )
        tx.connection.execute(delete(challenge).where(challenge.c.id == pending.id))


def _pending(tx: Transaction, token: str) -> Any:
    alive = challenge.c.done_at.is_(None) & (challenge.c.expires_at > tx.now)
    row = tx.connection.execute(
        select(challenge).where(challenge.c.digest == _digest(tx, token), alive)
    ).one_or_none()
    if row is None:
        raise Refused("challenge_ended")
    return row


def _owner(challenge_id: str) -> str:
    return f"login:{challenge_id}"


def _masked(phone: str | None) -> str | None:
    return phones.masked(phone) if phone else None


def _digest(tx: Transaction, token: str) -> bytes:
    return tx.vault.digest("token", token.encode())
