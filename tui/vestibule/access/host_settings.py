"""What the host's own config.toml says: SMS gateway, time source, cloud. The server never writes it."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

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
    relay: str = ""
    """Where clients reach this site from anywhere: an https URL, empty when there is none."""


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
    source = _text(path, "time", "source")
    return HostSettings(gateway, trouble, source, cloud, cloud_trouble, _relay(path))


def _cloud(path: Path) -> tuple[CloudAddress | None, str]:
    """``[cloud]``, and what is wrong with it."""
    try:
        return cloud_address.load(_table(path, "cloud")), ""
    except ValueError as error:
        _log.warning("config.toml: %s", error)
        return None, str(error)


def _relay(path: Path) -> str:
    """``[cloud] relay``: clients send passwords there, so nothing but https is taken."""
    written = _text(path, "cloud", "relay")
    try:
        parts = urlsplit(written)
        is_fit = parts.scheme == "https" and bool(parts.hostname) and not (parts.query or parts.fragment)
        is_fit = is_fit and parts.username is None and parts.port != 0
    except ValueError:
        is_fit = False
    if written and not is_fit:
        _log.warning("config.toml: [cloud] relay is no https URL, so there is no path through it")
    return written.rstrip("/") if is_fit else ""


def _text(path: Path, table: str, key: str) -> str:
    """A text of a table; empty when it, or the file, is missing or cannot be read."""
    value = _table(path, table).get(key, "")
    return value.strip() if isinstance(value, str) else ""


def _table(path: Path, name: str) -> Mapping[str, object]:
    """A table; empty when it, or the file, is missing or cannot be read."""
    try:
        table = tomllib.loads(path.read_text()).get(name, {})
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
