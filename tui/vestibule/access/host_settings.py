"""What the host's own config.toml says: the SMS gateway and the time source. The server never writes it."""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path

from vestibule.access.outbox import Gateway
from vestibule.config_fault import ConfigFault
from vestibule.sms.settings import SmsSettingsError, load, make

FILE = "config.toml"
_log = logging.getLogger("vestibule.config")


@dataclass(frozen=True)
class HostSettings:
    """The troubles say why there is no gateway, or no time source, though one was named."""

    gateway: Gateway | None = None
    gateway_trouble: ConfigFault | None = None
    time_source: str = ""
    time_trouble: ConfigFault | None = None


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
    source = _time_source(path)
    if isinstance(source, str):
        return HostSettings(gateway, trouble, source)
    _log.warning("config.toml: %s", source)
    return HostSettings(gateway, trouble, time_trouble=source)


def _time_source(path: Path) -> str | ConfigFault:
    """``[time] source``: an NTP server; empty when none is named, or the file itself is wrong."""
    try:
        table = tomllib.loads(path.read_text()).get("time", {})
    except (OSError, ValueError):
        return ""
    if not isinstance(table, dict):
        return ConfigFault(code="not_a_table", table="time")
    source = table.get("source", "")
    return source if isinstance(source, str) else ConfigFault(code="empty", table="time", key="source")
