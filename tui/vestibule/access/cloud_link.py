"""A site's link to its cloud: what it needs, its key and token, who of its processes speaks, how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import or_, select, update

from vestibule import signatures
from vestibule.access import audit, settings
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import CloudNews
from vestibule.models import Secret
from vestibule.store.clock import SECOND
from vestibule.store.cloud_schema import cloud_link
from vestibule.store.dialect import insert
from vestibule.store.engine import Transaction

LEASE: Final = 60 * SECOND
"""How long a process that has died keeps the others from speaking with the cloud."""
_KEY_ROW, _TOKEN_ROW = "cloud_link:key_vaulted:1", "cloud_link:token_vaulted:1"


@dataclass(frozen=True)
class Plan:
    """What the site wants of its cloud, and what it has for it."""

    on: bool
    missing: tuple[str, ...]
    """Problem codes of what is not there yet."""
    address: str
    serial: str
    updates: bool
    password: Secret = field(default=Secret(""))
    token: Secret | None = None

    @property
    def ready(self) -> bool:
        """Whether there is everything to speak with the cloud."""
        return self.on and not self.missing


def who(plan: Plan) -> Principal:
    """Who acts when the cloud has brought something."""
    return Principal("cloud", plan.address or "cloud")


def plan(tx: Transaction, cloud: CloudAddress | None, trouble: str = "") -> Plan:
    """What System and the host's settings say now; ``trouble``: what is wrong with the latter."""
    in_force = settings.in_force(tx)
    password = settings.secret_values(tx)["cloud_password"] if in_force["cloud"] else ""
    lacking = (
        ("cloud_address_invalid", bool(trouble)),
        ("cloud_address_missing", cloud is None and not trouble),
        ("cloud_serial_missing", not in_force["serial_number"]),
        ("cloud_password_missing", not password),
    )
    address, serial = cloud.url if cloud else "", in_force["serial_number"]
    link = row(tx)
    known = link is not None and (link.address, link.serial) == (address, serial)
    sealed = link.token_vaulted if link is not None and known else None
    return Plan(
        on=in_force["cloud"],
        missing=tuple(code for code, is_so in lacking if is_so),
        address=address,
        serial=serial,
        updates=in_force["automatic_server_update"],
        password=Secret(password),
        token=Secret(tx.vault.open(_TOKEN_ROW, sealed)) if sealed else None,
    )


def row(tx: Transaction) -> Any:
    """The row of the link; None before the site has a key."""
    return tx.connection.execute(select(cloud_link)).one_or_none()


def ensure_key(tx: Transaction) -> None:
    """The first time a key is made for the site."""
    if row(tx) is not None:
        return
    private = signatures.new_key()
    made = {"key": signatures.public_key(private), "key_vaulted": tx.vault.seal(_KEY_ROW, private.reveal)}
    tx.connection.execute(insert(tx.connection, cloud_link).values(id=1, **made).on_conflict_do_nothing())


def private_key(tx: Transaction) -> Secret:
    """The key the site signs with. Raises Refused ``cloud_off`` before it has one."""
    link = row(tx)
    if link is None:
        raise Refused("cloud_off")
    return Secret(tx.vault.open(_KEY_ROW, link.key_vaulted))


def take_turn(tx: Transaction, agent: str) -> bool:
    """Whether ``agent`` is the process that speaks with the cloud, for a while from now on."""
    free = or_(cloud_link.c.agent == agent, cloud_link.c.agent_until <= tx.now)
    taken = update(cloud_link).where(free).values(agent=agent, agent_until=tx.now + LEASE)
    return tx.connection.execute(taken.returning(cloud_link.c.id)).first() is not None


def leave(tx: Transaction, agent: str) -> None:
    """Let another process speak."""
    tx.connection.execute(update(cloud_link).where(cloud_link.c.agent == agent).values(agent_until=0))


def registered(tx: Transaction, plan: Plan, token: str) -> None:
    """The cloud has taken the site in."""
    columns = {"address": plan.address, "serial": plan.serial, "registered_at": tx.now}
    columns |= {"token_vaulted": tx.vault.seal(_TOKEN_ROW, token), "held": 0, "waiting": False}
    tx.connection.execute(update(cloud_link).values(**columns))
    audit.record(tx, who(plan), "cloud.registered", detail={"serial": plan.serial, "cloud": plan.address})


def forget_token(tx: Transaction) -> None:
    """The cloud knows the token no more: register again."""
    tx.connection.execute(update(cloud_link).values(token_vaulted=None))


def next_counter(tx: Transaction) -> int:
    """A number that only grows, also when the site was restored from a backup."""
    # The clock's milliseconds are ahead of any count that a backup may have.
    counter = cloud_link.c.counter
    tx.connection.execute(update(cloud_link).where(counter < tx.now).values(counter=tx.now))
    grown = update(cloud_link).values(counter=counter + 1).returning(counter)
    return int(tx.connection.execute(grown).scalar_one())


def heard(tx: Transaction, news: CloudNews) -> None:
    """The cloud has answered."""
    columns = {"contact_at": tx.now, "held": news.held, "waiting": news.waiting}
    tx.connection.execute(update(cloud_link).values(**columns))


def well(tx: Transaction) -> None:
    """Nothing is wrong any more."""
    tx.connection.execute(
        update(cloud_link).where(cloud_link.c.trouble != "").values(trouble="", trouble_at=None)
    )


def troubled(tx: Transaction, code: str) -> None:
    """Write down what is wrong, with the moment at which it began."""
    other = cloud_link.c.trouble != code
    tx.connection.execute(update(cloud_link).where(other).values(trouble=code, trouble_at=tx.now))
