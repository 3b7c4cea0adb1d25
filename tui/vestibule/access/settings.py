"""The System settings in force: those of the newest project version."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from vestibule.models import System
from vestibule.store.engine import Transaction
from vestibule.store.schema import project_version

DEFAULTS: Final[dict[str, Any]] = {
    "system_name": "",
    "server_type": "",
    "serial_number": "",
    "location": "",
    "latitude": None,
    "longitude": None,
    "time_server": False,
    "local_ip": "",
    "external_ip": "",
    "client_port": 7550,
    "knx_address": "",
    "knxnet_ip_interface": False,
    "knxnet_ip_different_ip": False,
    "cloud": False,
    "automatic_server_update": False,
    "automatic_authentication": True,
    "use_otp_authentication": True,
    "automatic_connection": False,
    "cloud_connection_policy": "local_only",
}
"""What a new site starts with, in the order of the grid; secrets are not settings of a version."""


def system(tx: Transaction) -> System:
    """The version in force and its settings."""
    newest = select(project_version).order_by(project_version.c.number.desc()).limit(1)
    row = tx.connection.execute(newest).one()
    return System(version=row.number, settings={**DEFAULTS, **row.settings})


def setting(tx: Transaction, name: str) -> Any:
    """One setting in force."""
    return system(tx).settings[name]
