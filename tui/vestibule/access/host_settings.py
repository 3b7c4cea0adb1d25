"""What the host's own config.toml says: the SMS gateway and the time source. The server never writes it."""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path

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
    return HostSettings(gateway, trouble, _time_source(path))


def _time_source(path: Path) -> str:
    """``[time] source``: an NTP server."""
    try:
        table = tomllib.loads(path.read_text()).get("time", {})
    except (OSError, ValueError):
        return ""
    source = table.get("source", "") if isinstance(table, dict) else ""
    return source if isinstance(source, str) else ""
