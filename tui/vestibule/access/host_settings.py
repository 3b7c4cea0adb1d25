"""What the host's own config.toml says: SMS gateway, time source, cloud. The server never writes it."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vestibule import cloud_address
from vestibule.access.outbox import Gateway
from vestibule.cloud_address import CloudAddress
from vestibule.sms.settings import SmsSettingsError, load, make

FILE = "config.toml"
_log = logging.getLogger("vestibule.config")


@dataclass(frozen=True)
class HostSettings:
    """``gateway_trouble`` says why there is no gateway though one was named; ``cloud_trouble`` likewise."""

    gateway: Gateway | None = None
    gateway_trouble: str = ""
    time_source: str = ""
    cloud: CloudAddress | None = None
    cloud_trouble: str = ""


def load_host_settings(folder: Path) -> HostSettings:
    """Read ``folder``'s config.toml. What is wrong with it is said where it matters; nothing stops for it."""
    path = folder / FILE
    gateway, trouble = None, ""
    try:
        sms = load(path)
        gateway = Gateway(make(sms), sms) if sms is not None else None
    except SmsSettingsError as error:
        trouble = str(error)
        _log.warning("config.toml: %s", trouble)
    cloud, cloud_trouble = _cloud(path)
    return HostSettings(gateway, trouble, _time_source(path), cloud, cloud_trouble)


def _time_source(path: Path) -> str:
    """``[time] source``: an NTP server."""
    source = _table(path, "time").get("source", "")
    return source if isinstance(source, str) else ""


def _cloud(path: Path) -> tuple[CloudAddress | None, str]:
    """``[cloud]``, and what is wrong with it."""
    try:
        return cloud_address.load(_table(path, "cloud")), ""
    except ValueError as error:
        _log.warning("config.toml: %s", error)
        return None, str(error)


def _table(path: Path, name: str) -> Mapping[str, object]:
    try:
        table = tomllib.loads(path.read_text()).get(name, {})
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
