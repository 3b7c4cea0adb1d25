"""The server's own certificate, and what is wrong with others."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from vestibule.server.certificates import CertificateError, given, own

PLAIN = NoEncryption()


def test_its_own_is_made_once_for_every_name_it_has(tmp_path: Path) -> None:
    made = own(tmp_path, ["0.0.0.0", "192.168.1.10", "fd00::1", "haus.example", ""])
    assert own(tmp_path, ["192.168.1.99"]).fingerprint == made.fingerprint
    folder = tmp_path / "tls"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    certificate = x509.load_pem_x509_certificate((folder / "certificate.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(one) for one in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "::1", "192.168.1.10", "fd00::1"}
    assert {"localhost", "haus.example"} <= set(names.get_values_for_type(x509.DNSName))
    valid = certificate.not_valid_before_utc.year, certificate.not_valid_after_utc.year
    assert valid == (2020, 2120), "a gateway whose clock has forgotten the time still serves"
    assert made.context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_one_that_is_given(tmp_path: Path) -> None:
    certificate, key = write(tmp_path)
    assert len(given(certificate, key).fingerprint.split()) == 16
    both = tmp_path / "both.pem"
    both.touch(0o600)
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert given(both, both).fingerprint == given(certificate, key).fingerprint
    key.chmod(0o640)  # as Debian's group ssl-cert has it
    given(certificate, key)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("no certificate", "cannot be read: No such file"),
        ("no key", "cannot be read: No such file"),
        ("garbage for a certificate", "no certificate in"),
        ("garbage for a key", "no private key in"),
        ("another key", "belongs to another certificate"),
        ("a passphrase", "protected by a passphrase"),
        ("an open key", "Run: chmod go= on it"),
        ("expired", "expired on"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, spoil: str, said: str) -> None:
    expired = timedelta(days=-1 if spoil == "expired" else 1)
    certificate, key = write(tmp_path, expired, BestAvailableEncryption(b"x") if "pass" in spoil else PLAIN)
    if spoil == "another key":
        key = write(tmp_path / "other")[1]
    for file, what in ((certificate, "certificate"), (key, "key")):
        if spoil == f"no {what}":
            file.unlink()
        elif spoil == f"garbage for a {what}":
            file.write_bytes(b"-----BEGIN GARBAGE-----\n")
    if spoil == "an open key":
        key.chmod(0o644)
    with pytest.raises(CertificateError, match=said):
        given(certificate, key)


def write(
    folder: Path, valid: timedelta = timedelta(days=1), how: KeySerializationEncryption = PLAIN
) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    secret = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(now - timedelta(9)).not_valid_after(now + valid).sign(secret, SHA256())
    certificate, key = folder / "tls.crt", folder / "tls.key"
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    key.touch(0o600)
    key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    return certificate, key
