"""A client's second factors: set up, proven, switched off by itself, or cleared by an admin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from vestibule import countries
from vestibule.access import (
    attempts,
    audit,
    challenges,
    clients,
    devices,
    holding,
    notices,
    passwords,
    phones,
    policy,
    recovery,
    second_factor,
    sessions,
    sms_codes,
    throttle,
    totp,
)
from vestibule.access.outbox import Gateway
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.settings import setting
from vestibule.models import FactorKind, Strength
from vestibule.store.clock import MINUTE, site_zone_name, to_datetime, to_datetime_or_none
from vestibule.store.dialect import delete_free
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import challenge, client, factor, factor_setup
from vestibule.two_factor_models import (
    AppSetup,
    Factor,
    FactorRemoval,
    Method,
    NoticeKind,
    SmsCode,
    SmsPurpose,
    SmsSetup,
    TwoFactor,
)

SETUP_LIFE = 10 * MINUTE


def describe(tx: Transaction, client_id: str, gateway: Gateway | None) -> TwoFactor:
    """A client's factors, for its own eyes."""
    row = _row(tx, client_id)
    mine = select(factor).where(factor.c.client_id == client_id).order_by(factor.c.kind)
    return TwoFactor(
        factors=[_view(found) for found in tx.connection.execute(mine)],
        required=row.required,
        recovery_code_since=to_datetime_or_none(recovery.since(tx, client_id)),
        sms_offered=_offers_sms(tx, gateway),
        country=_country(row, gateway),
    )


def _view(row: Any) -> Factor:
    phone = phones.masked(row.phone) if row.phone else None
    return Factor(kind=FactorKind(row.kind), since=to_datetime(row.created_at), phone=phone)


def _row(tx: Transaction, client_id: str) -> Any:
    query = select(client, policy.required.label("required")).where(client.c.id == client_id)
    return tx.connection.execute(query).one()


def _held_row(tx: Transaction, client_id: str) -> Any:
    holding.hold_client(tx, client_id)
    return _row(tx, client_id)


def _offers_sms(tx: Transaction, gateway: Gateway | None) -> bool:
    return gateway is not None and bool(policy.in_force(tx).sms_enabled)


def _country(row: Any, gateway: Gateway | None) -> str:
    of_client = phones.region(row.phone) if row.phone else None
    of_site = gateway.settings.country if gateway else ""
    return of_client or of_site or countries.of_zone(site_zone_name()) or ""


# --- setting up -------------------------------------------------------------------------------


def begin_app(tx: Transaction, who: Principal) -> AppSetup:
    """A new secret for the client's app; what was in force stays until a code of it was typed.

    Raises Refused ``reauthentication_needed`` (ASVS 7.5.1).
    """
    row = _changing(tx, who)
    secret = totp.new_secret()
    sealed = tx.vault.seal(_setup_row(row.id), secret)
    _keep_setup(tx, row.id, FactorKind.APP, vaulted=sealed)
    audit.record(tx, who, "factor.begun", row.id, detail={"factor": FactorKind.APP.value})
    uri = totp.uri(secret, setting(tx, "system_name"), row.username or row.name)
    return AppSetup(secret=secret, uri=uri, expires_at=to_datetime(tx.now + SETUP_LIFE))


def begin_sms(tx: Transaction, who: Principal, gateway: Gateway | None, setup: SmsSetup) -> SmsCode:
    """Send a code to a new number; what was in force stays until it was typed.

    Raises Refused: ``reauthentication_needed``, ``sms_off``, for the number, and as ``sms_codes.send``.
    """
    row = _changing(tx, who)
    if not _offers_sms(tx, gateway):
        raise Refused("sms_off")
    phone = phones.mobile(setup.country, setup.number)
    sent = sms_codes.send(tx, gateway, row, phone, SmsPurpose.SETUP, _setup_owner(row.id))
    _keep_setup(tx, row.id, FactorKind.SMS, phone=phone)
    audit.record(tx, who, "factor.begun", row.id, detail={"factor": FactorKind.SMS.value})
    return sent


def setup_status(tx: Transaction, who: Principal) -> SmsCode:
    """How far the code for the new number has come. Raises Refused ``sms_code_missing``."""
    return sms_codes.status(tx, _setup_owner(str(who.client_id)))


def _changing(tx: Transaction, who: Principal) -> Any:
    """The row of who may change its factors now.

    Who has neither password nor factor has nothing to prove itself again with than its login.
    """
    row = _held_row(tx, str(who.client_id))
    if row.password_hash is not None or row.factors:
        who.need_fresh()
    return row


def _keep_setup(
    tx: Transaction,
    client_id: str,
    kind: FactorKind,
    *,
    vaulted: bytes | None = None,
    phone: str | None = None,
) -> None:
    _drop_setup(tx, client_id, kind)
    row = {"client_id": client_id, "kind": kind.value, "vaulted": vaulted, "phone": phone}
    tx.connection.execute(factor_setup.insert().values(**row, expires_at=tx.now + SETUP_LIFE))


def _drop_setup(tx: Transaction, client_id: str, kind: FactorKind) -> Any:
    mine = (factor_setup.c.client_id == client_id) & (factor_setup.c.kind == kind.value)
    return tx.connection.execute(delete(factor_setup).where(mine).returning(factor_setup)).one_or_none()


def confirm(
    store: Store, gateway: Gateway | None, who: Principal, kind: FactorKind, typed: str
) -> tuple[sessions.Opened, str | None]:
    """Put a proven factor in force; other sessions end, this one becomes stronger.

    Returns the session and, with the first factor, the recovery code. Raises Refused:
    ``factor_setup_ended``, or what is wrong with the code; then everything stays as it was.
    """
    plain = totp.digits(typed)
    client_id = str(who.client_id)
    key = f"setup:{kind.value}:{client_id}"
    attempts.charge(store, who.source, key)

    def decide(tx: Transaction) -> tuple[sessions.Opened, str | None]:
        row = _changing(tx, who)
        setup = _drop_setup(tx, client_id, kind)
        if setup is None or setup.expires_at <= tx.now:
            raise Refused("factor_setup_ended")
        former = _former_phones(tx, client_id)
        _put_in_force(tx, setup, kind, plain)
        for counted in (key, second_factor.key(client_id, Method(kind.value))):
            throttle.forgive(tx, counted)
        sessions.end_all(tx, client_id, keep=who.session_id)
        opened = sessions.renew(tx, str(who.session_id), Strength.TWO_FACTOR)
        notices.tell(tx, gateway, row, NoticeKind.FACTOR_ADDED, who.source, kind, former)
        audit.record(tx, who, "factor.added", client_id, detail={"factor": kind.value})
        return opened, recovery.make_first(tx, client_id)

    return attempts.decided(store, who, decide, action="factor.added", subject=client_id)


def _put_in_force(tx: Transaction, setup: Any, kind: FactorKind, plain: str) -> None:
    row = {"client_id": setup.client_id, "kind": kind.value, "phone": setup.phone, "vaulted": None}
    row |= {"last_step": 0, "created_at": tx.now}
    if kind is FactorKind.APP:
        secret = tx.vault.open(_setup_row(setup.client_id), setup.vaulted)
        row["last_step"] = totp.step_of(secret, plain, tx.now, 0)
        row["vaulted"] = tx.vault.seal(second_factor.vault_row(setup.client_id), secret)
    else:
        sms_codes.spend(tx, _setup_owner(setup.client_id), plain)
    _delete(tx, setup.client_id, kind)
    tx.connection.execute(factor.insert().values(**row))
    _settle(tx, setup.client_id)


def renew_recovery(tx: Transaction, who: Principal, gateway: Gateway | None) -> str:
    """A new recovery code, for who has lost theirs or never kept it; the one before is dead.

    Raises Refused: ``reauthentication_needed``, ``factor_unknown`` without a factor to stand in for.
    """
    row = _changing(tx, who)
    if not row.factors:
        raise Refused("factor_unknown")
    notices.tell(tx, gateway, row, NoticeKind.RECOVERY_MADE, who.source)
    audit.record(tx, who, "recovery.made", row.id)
    return recovery.make(tx, row.id)


# --- switching off ----------------------------------------------------------------------------


def send_removal_code(tx: Transaction, who: Principal, gateway: Gateway | None) -> SmsCode:
    """Send a code to the client's number, good for switching a factor off."""
    row = _held_row(tx, str(who.client_id))
    phone = challenges.phone_of(tx, row.id)
    if phone is None or not _offers_sms(tx, gateway):
        raise Refused("sms_off")
    return sms_codes.send(tx, gateway, row, phone, SmsPurpose.REMOVAL, _removal_owner(row.id))


def removal_status(tx: Transaction, who: Principal) -> SmsCode:
    """How far that code has come. Raises Refused ``sms_code_missing``."""
    return sms_codes.status(tx, _removal_owner(str(who.client_id)))


def remove(
    store: Store, gateway: Gateway | None, who: Principal, kind: FactorKind, proof: FactorRemoval
) -> str | None:
    """Switch a factor off, against password and code. Returns the next recovery code if that was used.

    Raises Refused: ``factor_unknown``, ``factor_required`` when the site asks for one and this is the
    last, ``password_wrong``, or what is wrong with the code.
    """
    client_id, method = str(who.client_id), proof.method or Method(kind.value)
    plain = second_factor.normal(method, proof.code)
    with store.read() as tx:
        row = _row(tx, client_id)
        _check_removable(row, kind)
    own = f"reauth:{client_id}"
    attempts.charge(store, who.source, own, action="factor.removed", subject=client_id)
    if row.password_hash is not None and not passwords.matches(proof.password or "", row.password_hash):
        with store.write() as tx:
            audit.record(tx, who, "factor.removed", client_id, "password_wrong")
        raise Refused("password_wrong", field="password")
    key = second_factor.key(client_id, method)
    attempts.charge(store, who.source, key, throttle.LAST_ATTEMPT, action="factor.removed", subject=client_id)

    def decide(tx: Transaction) -> str | None:
        now = _held_row(tx, client_id)
        if now.password_hash != row.password_hash:
            raise Refused("session_ended")
        _check_removable(now, kind)
        second_factor.spend(tx, client_id, method, plain, _removal_owner(client_id))
        throttle.forgive(tx, own)
        throttle.forgive(tx, key)
        former = _former_phones(tx, client_id)
        _delete(tx, client_id, kind)
        _settle(tx, client_id)
        sessions.end_all(tx, client_id, keep=who.session_id)
        notices.tell(tx, gateway, now, NoticeKind.FACTOR_REMOVED, who.source, kind, former)
        audit.record(tx, who, "factor.removed", client_id, detail={"factor": kind.value})
        if method is not Method.RECOVERY or not _row(tx, client_id).factors:
            return None
        notices.tell(tx, gateway, now, NoticeKind.RECOVERY_USED, who.source)
        return recovery.make(tx, client_id)

    return attempts.decided(store, who, decide, action="factor.removed", subject=client_id)


def _check_removable(row: Any, kind: FactorKind) -> None:
    bit = policy.FACTOR_BITS[kind]
    if not row.factors & bit:
        raise Refused("factor_unknown")
    if row.required and row.factors == bit:
        raise Refused("factor_required")


def reset(tx: Transaction, gateway: Gateway | None, who: Principal, client_id: str) -> None:
    """Clear a client's factors and end its sessions, so that it can enrol anew.

    Raises Refused: ``client_unknown``, ``service_reset``, ``not_yourself``, ``reauthentication_needed``.
    """
    row = clients.hold(tx, client_id)
    if row.service and who.client_id is not None:
        raise Refused("service_reset")
    if client_id == who.client_id:
        raise Refused("not_yourself")
    who.need_fresh()
    former = _former_phones(tx, client_id)
    for kind in FactorKind:
        _delete(tx, client_id, kind)
        _drop_setup(tx, client_id, kind)
    for method in Method:
        throttle.forgive(tx, second_factor.key(client_id, method))
    recovery.forget(tx, client_id)
    sms_codes.forget(tx, client_id)
    tx.connection.execute(delete(challenge).where(challenge.c.client_id == client_id))
    _settle(tx, client_id)
    sessions.end_all(tx, client_id)
    # A device that is remembered would otherwise enrol without anybody having proven anything.
    devices.forget_all(tx, client_id)
    source = "" if who.client_id else who.source
    notices.tell(tx, gateway, row, NoticeKind.FACTORS_RESET, source, None, former)
    audit.record(tx, who, "factors.reset", client_id)


def _former_phones(tx: Transaction, client_id: str) -> list[str]:
    """Where the client is told too of what is done to its factors: the number may be gone afterwards."""
    phone = challenges.phone_of(tx, client_id)
    return [phone] if phone else []


def _delete(tx: Transaction, client_id: str, kind: FactorKind) -> None:
    mine = (factor.c.client_id == client_id) & (factor.c.kind == kind.value)
    tx.connection.execute(delete(factor).where(mine))


def _settle(tx: Transaction, client_id: str) -> None:
    """Keep the client's row in step; without a factor a recovery code recovers nothing."""
    kinds = tx.connection.execute(select(factor.c.kind).where(factor.c.client_id == client_id)).scalars()
    bits = sum(policy.FACTOR_BITS[FactorKind(kind)] for kind in kinds)
    tx.connection.execute(update(client).where(client.c.id == client_id).values(factors=bits))
    if not bits:
        recovery.forget(tx, client_id)


def prune(tx: Transaction) -> None:
    """Forget set-ups that were never finished."""
    delete_free(tx.connection, factor_setup, factor_setup.c.expires_at <= tx.now)


def _setup_row(client_id: str) -> str:
    return f"factor_setup:vaulted:{client_id}"


def _setup_owner(client_id: str) -> str:
    return f"setup:{client_id}"


def _removal_owner(client_id: str) -> str:
    return f"removal:{client_id}"
