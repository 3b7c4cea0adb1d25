"""What two-factor login needs of the server: each met, not met, or not to be told."""

from __future__ import annotations

import re

from sqlalchemy import text

from vestibule import __version__
from vestibule.access.outbox import Gateway
from vestibule.config_fault import ConfigFault
from vestibule.store.clock import SECOND, wall_time
from vestibule.store.engine import Store, Transaction
from vestibule.store.errors import StoreError
from vestibule.store.time_source import offset
from vestibule.store.vault import load_key
from vestibule.two_factor_models import Requirement, RequirementName

CLOCK_LIMIT = 5.0
"""Seconds: a code lives 30."""
_REVISION = re.compile(r"[0-9]+")


def version(tx: Transaction) -> Requirement:
    """Whether the tables are those of this version."""
    revision = str(tx.connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    met = bool(_REVISION.fullmatch(revision)) and int(revision) >= 4
    reason = "ok" if met else "version_old"
    return Requirement(name=RequirementName.SERVER_VERSION, met=met, reason=reason, detail=__version__)


def clock(source: str, ruling: int, trouble: ConfigFault | None = None) -> Requirement:
    """Whether the machine's clock agrees with its time source; ``source`` is an NTP server, or empty.

    ``ruling`` is the server's time: it stands still after a clock that was ahead has been set right.
    ``trouble`` is what is wrong with the source's configuration.
    """
    ahead = (ruling - wall_time()) / SECOND
    if ahead > CLOCK_LIMIT:
        name = RequirementName.CLOCK
        return Requirement(name=name, met=False, reason="clock_jumped", detail=f"{ahead:.0f}")
    if trouble is not None:
        return Requirement(name=RequirementName.CLOCK, met=None, reason="time_config_wrong", fault=trouble)
    differs = offset(source)
    if differs is None:
        return Requirement(name=RequirementName.CLOCK, met=None, reason="clock_unknown", detail=source)
    met = abs(differs) <= CLOCK_LIMIT
    reason = "ok" if met else "clock_off"
    return Requirement(name=RequirementName.CLOCK, met=met, reason=reason, detail=f"{differs:.1f}")


def vault_key(store: Store) -> Requirement:
    """Whether the key that seals the secrets is there and only ours."""
    try:
        load_key(store.state)
    except StoreError as error:
        return Requirement(name=RequirementName.VAULT_KEY, met=False, reason=error.code, detail=error.detail)
    return Requirement(name=RequirementName.VAULT_KEY, met=True, reason="ok")


def sms_gateway(gateway: Gateway | None, trouble: ConfigFault | None, used: bool) -> Requirement:
    """Whether the gateway answers; ``trouble`` is what is wrong with its configuration."""
    name = RequirementName.SMS_GATEWAY
    if trouble is not None:
        return Requirement(name=name, met=False, reason="sms_config_wrong", fault=trouble)
    if gateway is None:
        met, reason = (False, "sms_not_set_up") if used else (None, "sms_unused")
        return Requirement(name=name, met=met, reason=reason)
    silent = gateway.channel.check()
    return Requirement(name=name, met=not silent, reason="sms_silent" if silent else "ok", detail=silent)
