"""Who must use two factors: asked in SQL, so that one condition rules at every door and in every count."""

from __future__ import annotations

from typing import Any, Final

from msgspec import UNSET
from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select, update

from vestibule.access import audit
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import FactorKind, Kind
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, policy
from vestibule.two_factor_models import Policy, PolicyChange, Requirement

SWITCHES: Final = ("totp_enabled", "internal", "external", "sms_enabled")
FACTOR_BITS: Final = {FactorKind.APP: 1, FactorKind.SMS: 2}
_FACTORS: Final = [tuple(kind for kind, bit in FACTOR_BITS.items() if bits & bit) for bits in range(4)]


def _in_force(name: str) -> ColumnElement[bool]:
    return select(policy.c[name]).scalar_subquery()


def _required_where(totp: Any, internal: Any, external: Any) -> ColumnElement[bool]:
    of_its_kind = case((client.c.kind == Kind.INTERNAL.value, internal), else_=external)
    return and_(totp, or_(client.c.require_two_factors, of_its_kind))


required: ColumnElement[bool] = _required_where(*map(_in_force, SWITCHES[:3]))
"""Whether the site asks this client for a second factor."""
asked: ColumnElement[bool] = or_(client.c.factors != 0, required)
"""Whether this client's logins need a second factor: the site asks for one, or it has set one up."""


def in_force(tx: Transaction) -> Any:
    """The row of the policy."""
    return tx.connection.execute(select(policy)).one()


def factor_list(bits: int) -> list[FactorKind]:
    """The factors in ``bits``."""
    return list(_FACTORS[bits])


def show(tx: Transaction, requirements: list[Requirement], gateway: str) -> Policy:
    """The policy, what it means in numbers, and what it needs."""
    row = in_force(tx)
    switches = {name: getattr(row, name) for name in SWITCHES}
    return Policy(
        **switches,
        asked=_count(tx, asked),
        would_ask=_would_ask(tx, switches),
        sms_only=_count(tx, client.c.factors == FACTOR_BITS[FactorKind.SMS]),
        requirements=requirements,
        gateway=gateway,
    )


def _would_ask(tx: Transaction, switches: dict[str, bool]) -> dict[str, int]:
    more = {}
    for name in SWITCHES[:3]:
        if not switches[name]:
            then = [literal(switches[other] or other == name) for other in SWITCHES[:3]]
            more[name] = _count(tx, and_(_required_where(*then), not_(asked)))
    return more


def _count(tx: Transaction, condition: ColumnElement[bool]) -> int:
    return tx.connection.execute(select(func.count()).select_from(client).where(condition)).scalar_one()


def change(tx: Transaction, who: Principal, wanted: PolicyChange, *, gateway: bool) -> None:
    """Turn switches; ``gateway``: whether there is one for text messages.

    Raises Refused: ``admin_needed``, ``reauthentication_needed``, ``sms_not_set_up``.
    """
    who.need_admin()
    who.need_fresh()
    row = tx.connection.execute(select(policy).with_for_update()).one()
    new = {name: getattr(wanted, name) for name in SWITCHES if getattr(wanted, name) is not UNSET}
    changed = {name: value for name, value in new.items() if getattr(row, name) != value}
    if changed.get("sms_enabled") and not gateway:
        raise Refused("sms_not_set_up", field="sms_enabled")
    if changed:
        tx.connection.execute(update(policy).values(**changed))
        detail = {name: [getattr(row, name), value] for name, value in changed.items()}
        audit.record(tx, who, "policy.changed", detail=detail)
