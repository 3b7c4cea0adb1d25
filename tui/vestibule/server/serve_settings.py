"""How this host serves: flags, else environment, else ``[serve]`` of config.toml, else the usual.

What cannot be understood is refused, and so is a key that does not exist: a server that quietly did without a
setting might stand open.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vestibule.i18n import _
from vestibule.server.arriving import Networks
from vestibule.server.logs import FORMS, LEVELS
from vestibule.server.networks import SOCKET, Network, network

TABLE = "serve"
PREFIX = "VESTIBULE_SERVE_"
_FILE = "config.toml"
_LAST_PORT = 65535
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


class SettingError(Exception):
    """Which setting is wrong and why, as a sentence for whoever starts the server."""


@dataclass(frozen=True)
class ServeSettings:
    """``host`` and ``port`` are None where System decides, ``log`` where the terminal does."""

    host: str | None = None
    port: int | None = None
    socket: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    tls: bool = False
    plain_http: bool = False
    cloud: bool = False
    trusted_proxies: tuple[str, ...] = ()
    local_networks: tuple[str, ...] | None = None
    cloud_networks: tuple[str, ...] = ()
    metrics_from: tuple[str, ...] = ()
    log: str | None = None
    log_level: str = "info"

    @property
    def networks(self) -> Networks:
        """The networks as addresses are compared with them."""
        return Networks(
            trusted=_nets(self.trusted_proxies),
            trusts_socket=SOCKET in self.trusted_proxies,
            local=None if self.local_networks is None else _nets(self.local_networks),
            cloud=_nets(self.cloud_networks),
            metrics=_nets(self.metrics_from),
        )


def serve_settings(flags: Mapping[str, Any], environ: Mapping[str, str], config: Path) -> ServeSettings:
    """What is in force; ``flags`` holds those that were given. Raises SettingError."""
    table = _table(config / _FILE)
    found: dict[str, Any] = {}
    for name, read in _READERS.items():
        variable = PREFIX + name.upper()
        for where, source, key in (
            ("--" + name.replace("_", "-"), flags, name),
            (variable, environ, variable),
            (f"[{TABLE}] {name} ({_FILE})", table, name),
        ):
            if key in source:
                found[name] = _read(read, source[key], where)
                break
    return ServeSettings(**found)


def _read(read: Callable[[Any], Any], value: object, where: str) -> Any:
    try:
        return read(value)
    except (ValueError, TypeError) as error:
        raise SettingError(f"{where}: {error}") from None


def _table(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(TABLE, {})
    except FileNotFoundError:
        return {}
    except OSError as error:
        said = _("%(file)s cannot be read: %(reason)s.") % {"file": path, "reason": error.strerror}
        raise SettingError(said) from None
    except ValueError as error:  # its message names the place, and no value
        said = _("%(file)s cannot be read: %(reason)s.") % {"file": path, "reason": error}
        raise SettingError(said) from None
    unknown = sorted(set(table) - set(_READERS)) if isinstance(table, dict) else [TABLE]
    if unknown:
        said = _("There is no setting %(name)s in [serve] of %(file)s.")
        raise SettingError(said % {"name": unknown[0], "file": path})
    return dict(table)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(_("a text is needed"))
    return value


def _path(value: object) -> Path:
    return Path(_text(value)).expanduser().absolute()


def _port(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _LAST_PORT:
        raise ValueError(_("a port is a number from 1 to 65535"))
    return number


def _switch(value: object) -> bool:
    if isinstance(value, str) and value.lower() in (*_ON, *_OFF):
        return value.lower() in _ON
    if not isinstance(value, bool):
        raise ValueError(_("say true or false"))
    return value


def _one_of(choices: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(_("say one of %s") % ", ".join(choices))
        return str(value)

    return read


def _networks(*words: str) -> Callable[[object], tuple[str, ...]]:
    """Reads a list of networks; ``words`` may stand in it too."""

    def read(value: object) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError(_("a list of networks is needed, like 192.168.1.0/24"))
        written = tuple(part.strip() for part in parts if part.strip())
        for part in written:
            _check_network(part, words)
        return written

    return read


def _check_network(part: str, words: tuple[str, ...]) -> None:
    try:
        if part not in words:
            network(part)
    except ValueError:
        said = _("%s is no network. Write it like 192.168.1.0/24, fd00::/8 or 192.168.1.5.")
        raise ValueError(said % part) from None


def _nets(written: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(network(part) for part in written if part != SOCKET)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "host": _text,
    "port": _port,
    "socket": _path,
    "certificate": _path,
    "key": _path,
    "tls": _switch,
    "plain_http": _switch,
    "cloud": _switch,
    "trusted_proxies": _networks(SOCKET),
    "local_networks": _networks(),
    "cloud_networks": _networks(),
    "metrics_from": _networks(),
    "log": _one_of(FORMS),
    "log_level": _one_of(LEVELS),
}
