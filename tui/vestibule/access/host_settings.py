"""What the host's own config.toml says: SMS gateway, time source, cloud. The server never writes it."""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vestibule.access.outbox import Gateway
from vestibule.sms.settings import SmsSettingsError, load, make

FILE = "config.toml"
_log = logging.getLogger("vestibule.config")


@dataclass(frozen=True)
class HostSettings:
    """``gateway_trouble`` says why there is no gateway though one was named."""

    gateway: Gateway | None = None
    gateway_trouble: str = ""
    time_source: str = ""
    cloud_address: str = ""
    """Where clients reach this site through the cloud: an https URL, empty when there is none."""


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
    return HostSettings(gateway, trouble, _text(path, "time", "source"), _cloud_address(path))


def _cloud_address(path: Path) -> str:
    """``[cloud] address``: clients send passwords there, so nothing but https is taken."""
    written = _text(path, "cloud", "address")
    try:
        parts = urlsplit(written)
        is_fit = parts.scheme == "https" and bool(parts.hostname) and not (parts.query or parts.fragment)
        is_fit = is_fit and parts.username is None and parts.port != 0
    except ValueError:
        is_fit = False
    if written and not is_fit:
        _log.warning("config.toml: [cloud] address is no https URL, so there is no path through the cloud")
    return written.rstrip("/") if is_fit else ""


def _text(path: Path, table: str, key: str) -> str:
    """A text of a table; empty when it, or the file, is missing or cannot be read."""
    try:
        found = tomllib.loads(path.read_text()).get(table, {})
    except (OSError, ValueError):
        return ""
    value = found.get(key, "") if isinstance(found, dict) else ""
    return value.strip() if isinstance(value, str) else ""
