"""What the System screen says: a label, an explanation and the words of a value for every property."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from vestibule.i18n import _
from vestibule.properties import BY_KEY, PROPERTIES, Group, Kind, Property
from vestibule.text import visible

DOTS: Final = "••••••"
"""A secret; its length says nothing."""
_LONGEST_BEFORE = 30
"""Cells of the value in force in an explanation of two lines."""


@dataclass(frozen=True)
class Line:
    """One line of the grid: a property, or the heading of a group, which has no key."""

    label: str
    key: str = ""
    value: str = ""
    staged: bool = False
    before: str = ""
    """The value in force where another one is staged."""
    reason: str = ""
    """Why it has no effect."""


def lines(settings: Mapping[str, Any], edits: Mapping[str, Any]) -> list[Line]:
    """The whole grid: every property in the configurator's order, each group under its heading."""
    wanted = {**settings, **edits}
    made: list[Line] = []
    group = None
    for entry in PROPERTIES:
        if entry.group is not group:
            group = entry.group
            made.append(Line(group_title(group)))
        made.append(_line(entry, settings, edits, wanted))
    return made


def _line(
    entry: Property, settings: Mapping[str, Any], edits: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Line:
    key = entry.key
    staged = key in edits
    return Line(
        label(key),
        key,
        value_words(key, wanted.get(key, entry.default)),
        staged,
        value_words(key, settings.get(key, entry.default)) if staged else "",
        without_effect(key, wanted),
    )


def explained(line: Line, *, brief: bool = False) -> str:
    """What is to be known of a row: the value in force, why it does nothing; unless ``brief`` what for."""
    parts = []
    if line.staged:
        before = _("nothing") if line.before == _("–") else _shortened(line.before)
        parts.append(_("In force: %(value)s.") % {"value": before})
    if line.reason:
        parts.append(_("%(reason)s: no effect now.") % {"reason": line.reason})
    parts += [explanations()[line.key]] if line.key and not brief else []
    return " ".join(parts)


def _shortened(words: str) -> str:
    too_long = cell_len(words) > _LONGEST_BEFORE
    return set_cell_size(words, _LONGEST_BEFORE - 1).rstrip() + "…" if too_long else words


def labels() -> dict[str, str]:
    """The name of every property, in the order of the grid."""
    return {**_server_labels(), **_network_labels(), **_access_labels()}


def label(key: str) -> str:
    """The name of one property."""
    return labels()[key]


def group_title(group: Group) -> str:
    """The heading over a group."""
    return {Group.SERVER: _("Server"), Group.NETWORK: _("Network"), Group.ACCESS: _("Access")}[group]


def policies() -> dict[str, str]:
    """The cloud connection policies."""
    return {
        "local_only": _("Local only"),
        "local_and_cloud": _("Local and Cloud"),
        "local_remote_and_cloud": _("Local, Remote and Cloud"),
        "cloud_only": _("Cloud only"),
    }


def explanations() -> dict[str, str]:
    """What every property does and what depends on it, for two lines of 78 columns."""
    return {**_server_explanations(), **_network_explanations(), **_access_explanations()}


def value_words(key: str, value: Any) -> str:
    """``value`` of ``key`` in words, fit for any terminal; of a secret only whether it is set.

    ``value`` is what the API gives or what is staged.
    """
    kind = BY_KEY[key].kind
    if kind is Kind.SECRET:
        is_set = bool(value.get("set")) if isinstance(value, Mapping) else bool(value)
        return DOTS if is_set else _("not set")
    if value is None or value == "":
        return _("–")
    if kind is Kind.SWITCH:
        return _("on") if value else _("off")
    if kind is Kind.CHOICE:
        return policies().get(str(value)) or visible(str(value))
    return visible(written(key, value))


def spoken(words: str) -> str:
    """The words of a value for the ear: dots and a dash say nothing there."""
    return {DOTS: _("set"), _("–"): _("empty")}.get(words, words)


def written(key: str, value: Any) -> str:
    """``value`` as it is typed into a field; a secret is never written."""
    if value is None or BY_KEY[key].kind is Kind.SECRET:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def without_effect(key: str, settings: Mapping[str, Any]) -> str:
    """Why ``key`` has no effect while ``settings`` hold; empty when it has."""
    needs = BY_KEY[key].needs
    if needs is None or settings.get(needs):
        return ""
    return _("%(switch)s is off") % {"switch": label(needs)}


def hint(key: str) -> str:
    """What a field for ``key`` looks like filled in; empty where that says nothing."""
    examples = {
        Kind.LATITUDE: "47.3769",
        Kind.LONGITUDE: "8.5417",
        Kind.ADDRESS: "192.168.1.10",
        Kind.HOST: "haus.example.org",
        Kind.PORT: "7550",
        Kind.KNX: "1.1.250",
    }
    return examples.get(BY_KEY[key].kind, "")


def _server_labels() -> dict[str, str]:
    return {
        "system_name": _("System name"),
        "server_type": _("Server type"),
        "serial_number": _("Serial number"),
        "location": _("Location"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
        "time_server": _("Enable time server"),
    }


def _network_labels() -> dict[str, str]:
    return {
        "local_ip": _("Local IP address"),
        "external_ip": _("External IP address"),
        "client_port": _("Server client port"),
        "knx_address": _("KNX address"),
        "knxnet_ip_interface": _("KNXnet/IP interface"),
        "knxnet_ip_different_ip": _("KNXnet/IP different IP"),
    }


def _access_labels() -> dict[str, str]:
    return {
        "password": _("Password"),
        "vnc_password": _("VNC password"),
        "cloud": _("Cloud"),
        "cloud_password": _("Password for cloud"),
        "automatic_server_update": _("Automatic server update"),
        "automatic_authentication": _("Automatic authentication"),
        "use_otp_authentication": _("Use OTP authentication"),
        "automatic_connection": _("Automatic connection"),
        "cloud_connection_policy": _("Cloud connection policy"),
    }


def _server_explanations() -> dict[str, str]:
    return {
        "system_name": _("The site's name, wherever people sign in. It cannot be empty."),
        "server_type": _("The model of the server, for whoever comes to service it."),
        "serial_number": _("As printed on the server. The cloud knows the site by it: Cloud needs it."),
        "location": _("Where the installation stands, as people say it."),
        "latitude": _("In degrees, north is positive: the sun's times are reckoned from it."),
        "longitude": _("In degrees, east is positive: the sun's times are reckoned from it."),
        "time_server": _("The server tells KNX devices the date and time."),
    }


def _network_explanations() -> dict[str, str]:
    return {
        "local_ip": _(
            "The server listens here, and clients in the building find it here. Empty: this machine alone."
        ),
        "external_ip": _(
            "Where clients outside reach the server; links and QR codes carry it. Empty: the local address."
        ),
        "client_port": _("The port the server listens on. Links carry it; a router must forward it."),
        "knx_address": _(
            "The server's own address on the bus: area.line.device. Empty: given by the system."
        ),
        "knxnet_ip_interface": _("Other programs, such as ETS, reach the bus through this server."),
        "knxnet_ip_different_ip": _("The server reaches the bus through another KNXnet/IP interface."),
    }


def _access_explanations() -> dict[str, str]:
    return {
        "password": _("The service account's password. Changing it ends its other sessions."),
        "vnc_password": _("For looking at the server's own screen from afar: 6 to 8 characters."),
        "cloud": _(
            "Keeps the project in the cloud, reachable from anywhere. It needs the serial number; "
            "four rows below need it."
        ),
        "cloud_password": _("With it and the serial number the server signs in to the cloud."),
        "automatic_server_update": _("The server fetches what is uploaded to the cloud by itself."),
        "automatic_authentication": _(
            "Devices that signed in once come back without asking. Off: everybody signs in each time."
        ),
        "use_otp_authentication": _(
            "People may sign in with one-time codes. Off: the login hides them and all codes are refused."
        ),
        "automatic_connection": _("Clients find the server through the cloud, wherever they are."),
        "cloud_connection_policy": _("Which ways clients try, in this order: local, remote address, cloud."),
    }
