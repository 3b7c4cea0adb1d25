"""What the host's own config.toml says: SMS gateway, time source, cloud. The server never writes it."""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from vestibule import cloud_address
from vestibule.access.outbox import Gateway
from vestibule.cloud_address import CloudAddress
from vestibule.config_fault import ConfigFault
from vestibule.sms.settings import SmsSettingsError, load, make

FILE = "config.toml"
_log = logging.getLogger("vestibule.config")


@dataclass(frozen=True)
class HostSettings:
    """The troubles say why there is no gateway, time source or cloud, though one was named."""

    gateway: Gateway | None = None
    gateway_trouble: ConfigFault | None = None
    time_source: str = ""
    time_trouble: ConfigFault | None = None
    cloud: CloudAddress | None = None
    cloud_trouble: str = ""
    relay: str = ""
    """Where clients reach this site from anywhere: an https URL, empty when there is none."""


def load_host_settings(folder: Path) -> HostSettings:
    """Read ``folder``'s config.toml. What is wrong with it is said where it matters; nothing stops for it."""
    path = folder / FILE
    gateway, trouble = None, None
    try:
        sms = load(path)
        gateway = Gateway(make(sms), sms) if sms is not None else None
    except SmsSettingsError as error:
        trouble = error.fault
        _log.warning("config.toml: %s", trouble)
    source, (cloud, cloud_trouble) = _text(path, "time", "source"), _cloud(path)
    found = HostSettings(gateway, trouble, cloud=cloud, cloud_trouble=cloud_trouble, relay=_relay(path))
    if isinstance(source, str):
        return replace(found, time_source=source)
    _log.warning("config.toml: %s", source)
    return replace(found, time_trouble=source)


def _cloud(path: Path) -> tuple[CloudAddress | None, str]:
    """``[cloud]``, and what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text()).get("cloud", {})
    except (OSError, ValueError):
        return None, ""
    try:
        return cloud_address.load(table if isinstance(table, dict) else {"address": None}), ""
    except ValueError as error:
        _log.warning("config.toml: %s", error)
        return None, str(error)


def _relay(path: Path) -> str:
    """``[cloud] relay``: clients send passwords there, so nothing but https is taken."""
    written = _text(path, "cloud", "relay")
    if isinstance(written, str) and (not written or _is_https(written)):
        return written.rstrip("/")
    _log.warning("config.toml: [cloud] relay is no https URL, so there is no path through it")
    return ""


def _is_https(written: str) -> bool:
    try:
        parts = urlsplit(written)
        has_server = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_server and parts.username is None and not (parts.query or parts.fragment)


def _text(path: Path, table: str, key: str) -> str | ConfigFault:
    """A text of a table; empty when it, or the file itself, is missing or wrong."""
    try:
        found = tomllib.loads(path.read_text()).get(table, {})
    except (OSError, ValueError):
        return ""
    if not isinstance(found, dict):
        return ConfigFault(code="not_a_table", table=table)
    value = found.get(key, "")
    return value.strip() if isinstance(value, str) else ConfigFault(code="empty", table=table, key=key)
