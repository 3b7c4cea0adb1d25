"""The properties of System: their order, kinds, defaults, and what may stand in each.

Shared by both halves: the server refuses by it, the screen objects by it before asking the server.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from vestibule import text


class Kind(StrEnum):
    """What a property holds, and so how it is edited."""

    TEXT = "text"
    SERIAL = "serial"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    SWITCH = "switch"
    ADDRESS = "address"
    HOST = "host"
    PORT = "port"
    KNX = "knx"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    CHOICE = "choice"


class Group(StrEnum):
    """The groups of the grid."""

    SERVER = "server"
    NETWORK = "network"
    ACCESS = "access"


@dataclass(frozen=True)
class Property:
    """One row of the grid. ``needs``: the switch without which the row has no effect."""

    key: str
    kind: Kind
    group: Group
    default: Any = ""
    choices: tuple[str, ...] = ()
    needs: str | None = None


POLICIES: Final = ("local_only", "local_and_cloud", "local_remote_and_cloud", "cloud_only")

PROPERTIES: Final = (
    Property("system_name", Kind.TEXT, Group.SERVER),
    Property("server_type", Kind.TEXT, Group.SERVER),
    Property("serial_number", Kind.SERIAL, Group.SERVER),
    Property("location", Kind.TEXT, Group.SERVER),
    Property("latitude", Kind.LATITUDE, Group.SERVER, None),
    Property("longitude", Kind.LONGITUDE, Group.SERVER, None),
    Property("time_server", Kind.SWITCH, Group.SERVER, False),
    Property("local_ip", Kind.ADDRESS, Group.NETWORK),
    Property("external_ip", Kind.HOST, Group.NETWORK),
    Property("client_port", Kind.PORT, Group.NETWORK, 7550),
    Property("knx_address", Kind.KNX, Group.NETWORK),
    Property("knxnet_ip_interface", Kind.SWITCH, Group.NETWORK, False),
    Property("knxnet_ip_different_ip", Kind.SWITCH, Group.NETWORK, False),
    Property("password", Kind.SECRET, Group.ACCESS),
    Property("vnc_password", Kind.SECRET, Group.ACCESS),
    Property("cloud", Kind.SWITCH, Group.ACCESS, False),
    Property("cloud_password", Kind.SECRET, Group.ACCESS, needs="cloud"),
    Property("automatic_server_update", Kind.SWITCH, Group.ACCESS, False, needs="cloud"),
    Property("automatic_authentication", Kind.SWITCH, Group.ACCESS, True),
    Property("use_otp_authentication", Kind.SWITCH, Group.ACCESS, True),
    Property("automatic_connection", Kind.SWITCH, Group.ACCESS, False, needs="cloud"),
    Property("cloud_connection_policy", Kind.CHOICE, Group.ACCESS, "local_only", POLICIES, needs="cloud"),
)
"""In the configurator's order."""

BY_KEY: Final[Mapping[str, Property]] = {entry.key: entry for entry in PROPERTIES}
SECRETS: Final = tuple(entry.key for entry in PROPERTIES if entry.kind is Kind.SECRET)
WAYS = (
    *("local_ip", "external_ip", "client_port"),
    *("cloud", "automatic_server_update", "automatic_connection", "cloud_connection_policy"),
)
"""Where clients go, and who may send versions: only an admin at the site changes that.

Otherwise who has an uploader's key could lead the site's clients, with their passwords, to another server.
"""
VNC_LENGTH: Final = 8
"""Characters of a VNC password that count (RFC 6143 §7.2.2: the DES key has 8 bytes)."""
SECRET_LIMIT: Final = 1024

_SERIAL = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")
_HOST = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_KNX = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{1,3})")


def normal(key: str, value: Any) -> Any:
    """``value`` as it is stored: what was typed without blanks at the ends, numbers as numbers.

    Raises ValueError with a problem code when it may not stand there. An empty text clears a property.
    """
    return _NORMAL[BY_KEY[key].kind](BY_KEY[key], value)


def objection(key: str, value: Any) -> str | None:
    """Why ``value`` may not stand in ``key``, as a problem code; None if it may."""
    if key not in BY_KEY:
        return "property_unknown"
    try:
        normal(key, value)
    except ValueError as error:
        return str(error)
    return None


def _text(entry: Property, value: Any) -> str:
    line = _string(value)
    code = text.objection(line)
    if code is not None:
        raise ValueError(code)
    if not line and entry.key == "system_name":
        raise ValueError("system_name_needed")
    return text.normal(line)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("property_kind")
    return value.strip()


def _switch(_entry: Property, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("property_kind")
    return value


def _choice(entry: Property, value: Any) -> str:
    if value not in entry.choices:
        raise ValueError("choice_invalid")
    return str(value)


def _serial(_entry: Property, value: Any) -> str:
    serial = _string(value).upper()
    if serial and not _SERIAL.fullmatch(serial):
        raise ValueError("serial_invalid")
    return serial


def _coordinate(limit: int, code: str) -> Callable[[Property, Any], float | None]:
    def read(_entry: Property, value: Any) -> float | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(code)
        try:
            degrees = float(value.strip().replace(",", ".")) if isinstance(value, str) else float(value)
        except (ValueError, OverflowError):
            raise ValueError(code) from None
        if not -limit <= degrees <= limit:
            raise ValueError(code)
        return round(degrees, 6)

    return read


def _address(_entry: Property, value: Any) -> str:
    written = _string(value)
    if not written:
        return ""
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        raise ValueError("address_invalid") from None


def _host(_entry: Property, value: Any) -> str:
    written = _string(value).lower()
    if not written:
        return ""
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        pass
    # Four numbers that are no address are a mistyped address, not a name.
    if not _HOST.fullmatch(written) or re.fullmatch(r"[0-9.]+", written):
        raise ValueError("host_invalid")
    return written


def _port(_entry: Property, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,5}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ValueError("port_invalid")
    return value


def _knx(_entry: Property, value: Any) -> str:
    """An individual address, area.line.device (KNX Standard 03_03_02: 4, 4 and 8 bits)."""
    written = _string(value)
    if not written:
        return ""
    found = _KNX.fullmatch(written)
    parts = [int(part) for part in found.groups()] if found else []
    if not parts or parts[0] > 15 or parts[1] > 15 or parts[2] > 255:
        raise ValueError("knx_invalid")
    return ".".join(map(str, parts))


def _secret(entry: Property, value: Any) -> str:
    """Never stripped: a blank may be meant. The rules of the service password are the server's."""
    if not isinstance(value, str):
        raise ValueError("property_kind")
    if len(value) > SECRET_LIMIT:
        raise ValueError("text_too_long")
    if entry.key == "vnc_password" and value and not (value.isascii() and 6 <= len(value) <= VNC_LENGTH):
        raise ValueError("vnc_password_length")
    return value


_NORMAL: Final[Mapping[Kind, Callable[[Property, Any], Any]]] = {
    Kind.TEXT: _text,
    Kind.SERIAL: _serial,
    Kind.LATITUDE: _coordinate(90, "latitude_invalid"),
    Kind.LONGITUDE: _coordinate(180, "longitude_invalid"),
    Kind.SWITCH: _switch,
    Kind.ADDRESS: _address,
    Kind.HOST: _host,
    Kind.PORT: _port,
    Kind.KNX: _knx,
    Kind.SECRET: _secret,
    Kind.CHOICE: _choice,
}
