"""Opens what the settings say: a unix socket, or an address with or without a certificate."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from vestibule.access.settings import bind
from vestibule.i18n import _
from vestibule.server import certificates, listening
from vestibule.server.certificates import Certificate, CertificateError, credential
from vestibule.server.serve_settings import ServeSettings

_CERTIFICATE, _KEY = "tls.crt", "tls.key"
"""Names under which systemd may hand them over."""


class CannotOpen(Exception):
    """Why nothing can be served there, as a sentence for whoever starts the server."""


@dataclass(frozen=True)
class Opened:
    """``shown``: the address. ``exposed``: passwords travel unencrypted. ``close`` tidies up in the end."""

    socket: socket.socket
    shown: str
    certificate: Certificate | None = None
    exposed: bool = False
    close: Callable[[], None] = lambda: None


def opened(wanted: ServeSettings, system: Mapping[str, Any], state: Path) -> Opened:
    """Listen as ``wanted``, where ``system``'s settings say if it does not. Raises CannotOpen."""
    if wanted.socket is not None:
        return _on_socket(wanted.socket)
    address, port = bind(system)
    host, port = wanted.host or address, wanted.port or port
    names = [host, system["local_ip"], system["external_ip"]]
    try:
        certificate = _certificate(wanted, host, state, names)
    except CertificateError as error:
        raise CannotOpen(str(error)) from None
    try:
        listens = listening.tcp(host, port)
    except OSError as error:
        said = _("Cannot listen on %(host)s port %(port)d: %(reason)s. Perhaps another server runs there.")
        raise CannotOpen(said % {"host": host, "port": port, "reason": error.strerror}) from None
    scheme = "https" if certificate else "http"
    shown = f"{scheme}://{f'[{host}]' if ':' in host else host}:{listens.getsockname()[1]}"
    return Opened(listens, shown, certificate, exposed=not certificate and not is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can come in by ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _on_socket(path: Path) -> Opened:
    try:
        listens = listening.unix(path)
    except listening.InUse:
        said = _("Something else is at %(path)s, perhaps another server.")
        raise CannotOpen(said % {"path": path}) from None
    except OSError as error:
        said = _("Cannot listen at %(path)s: %(reason)s.")
        raise CannotOpen(said % {"path": path, "reason": error.strerror or error}) from None
    return Opened(listens, str(path), close=partial(listening.remove, path, path.lstat()))


def _certificate(wanted: ServeSettings, host: str, state: Path, names: list[str]) -> Certificate | None:
    """None: plain http. On loopback nobody listens in, and clients there need not be told whom to trust."""
    certificate = wanted.certificate or credential(_CERTIFICATE)
    key = wanted.key or credential(_KEY)
    if certificate is not None:
        return certificates.given(certificate, key or certificate)
    if key is not None:
        raise CertificateError(_("There is a key, but no certificate: name it with --certificate."))
    if wanted.plain_http or (is_loopback(host) and not wanted.tls):
        return None
    try:
        return certificates.own(state, names)
    except OSError as error:
        said = _("No certificate can be kept in %(folder)s: %(reason)s.")
        raise CertificateError(said % {"folder": state, "reason": error.strerror}) from None
