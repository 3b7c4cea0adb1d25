"""The certificate a server shows: one that was given, or one it makes for itself and keeps.

Nobody vouches for its own one: people compare its fingerprint once, and clients hold on to it. It is valid
from 2020 to 2120, so that neither a gateway's wrong clock nor the years make it invalid.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vestibule.config import private_folder, write_private
from vestibule.fingerprint import fingerprint
from vestibule.i18n import _

_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
_LONGEST_NAME = 64
_FOLDER = "tls"
_PEM = serialization.Encoding.PEM


class CertificateError(Exception):
    """Why there is no certificate to serve with, as a sentence for whoever starts the server."""


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, ready to serve. ``names`` are those it stands for."""

    context: ssl.SSLContext
    fingerprint: str
    until: datetime
    self_made: bool
    """No authority vouches for it: clients know it by its fingerprint."""


def own(state: Path, names: Iterable[str]) -> Certificate:
    """The server's own certificate from ``state``, made for ``names`` if there is none yet.

    Raises CertificateError when what is there cannot be used, and OSError.
    """
    certificate, key = place(state)
    if not certificate.exists():
        private_folder(state)
        private_folder(certificate.parent)
        made, secret = _make([*_own_names(), *names])
        write_private(key, secret)
        write_private(certificate, made)  # last: it is only there if its key is
    return given(certificate, key)


def place(state: Path) -> tuple[Path, Path]:
    """Where the server's own certificate is, or would be, and its key."""
    folder = state / _FOLDER
    return folder / "certificate.pem", folder / "key.pem"


def given(certificate: Path, key: Path) -> Certificate:
    """A certificate from files in PEM, those that vouch for it behind it in the same file.

    Raises CertificateError: unreadable, expired, the key another one's, protected or open to others.
    """
    chain = _chain(certificate)
    _check_key(chain[0], key)
    if chain[0].not_valid_after_utc <= datetime.now(UTC):
        said = _("The certificate in %(file)s expired on %(day)s. Renew it.")
        raise CertificateError(said % {"file": certificate, "day": chain[0].not_valid_after_utc.date()})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        said = _("The certificate in %(file)s cannot be used: %(reason)s.")
        raise CertificateError(said % {"file": certificate, "reason": error.strerror or error}) from None
    der = chain[0].public_bytes(serialization.Encoding.DER)
    self_made = chain[0].issuer == chain[0].subject
    return Certificate(context, fingerprint(der), chain[0].not_valid_after_utc, self_made)


def _chain(certificate: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(certificate))
    except ValueError:
        said = _("There is no certificate in %(file)s. It has to be in PEM: -----BEGIN CERTIFICATE-----.")
        raise CertificateError(said % {"file": certificate}) from None


def _check_key(certificate: x509.Certificate, path: Path) -> None:
    data = _read(path)
    # Its group may read it: that is how Debian's ssl-cert shares keys.
    if path.stat().st_mode & 0o027:
        said = _("Other users of this machine may read or change the key %(file)s. Run: chmod go= on it.")
        raise CertificateError(said % {"file": path})
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError:
        said = _("The key %(file)s is protected by a passphrase. Store it without one: openssl pkey -in …")
        raise CertificateError(said % {"file": path}) from None
    except (ValueError, UnsupportedAlgorithm):
        said = _("There is no private key in %(file)s. It has to be in PEM: -----BEGIN PRIVATE KEY-----.")
        raise CertificateError(said % {"file": path}) from None
    if key.public_key() != certificate.public_key():
        said = _("The key %(file)s belongs to another certificate.")
        raise CertificateError(said % {"file": path})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = _("%(file)s cannot be read: %(reason)s.")
        raise CertificateError(said % {"file": path, "reason": error.strerror}) from None


def _own_names() -> list[str]:
    name = socket.gethostname().lower()
    return [name, f"{name}.local", "localhost", "127.0.0.1", "::1"]


def _make(names: Iterable[str]) -> tuple[bytes, bytes]:
    """A certificate for ``names`` signed by its own key, and that key, both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = list(dict.fromkeys(filter(None, map(_general_name, names))))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:_LONGEST_NAME])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    secret = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return builder.sign(key, SHA256()).public_bytes(_PEM), secret


def _general_name(name: str) -> x509.GeneralName | None:
    """None for what cannot be reached by: an address that means all of them, a name outside ASCII."""
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return x509.DNSName(name) if name and name.isascii() else None
    return None if found.is_unspecified else x509.IPAddress(found)


def credential(name: str) -> Path | None:
    """A file that systemd gave this service (``LoadCredential=``), if it did."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / name if folder else None
    return path if path is not None and path.exists() else None
