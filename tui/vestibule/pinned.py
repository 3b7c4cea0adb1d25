"""TLS to a server with a self-made certificate: that very certificate is trusted there, and no other."""

from __future__ import annotations

import hashlib
import ssl

PATIENCE = 10.0
"""Seconds to wait for the certificate."""


class CertificateDiffersError(Exception):
    """The server shows another certificate than the expected one; nothing was sent to it."""

    def __init__(self, shown: str) -> None:
        super().__init__(shown)
        self.shown = shown
        """Its fingerprint: SHA-256 in lower case hexadecimal digits."""


def context(host: str, port: int, fingerprint: str) -> ssl.SSLContext:
    """Trust nothing but the certificate with this ``fingerprint`` (SHA-256, lower case). It blocks.

    Raises CertificateDiffersError, OSError.
    """
    # Asked for first, then made the only authority: the handshake that matters is checked by OpenSSL.
    written = ssl.get_server_certificate((host, port), timeout=PATIENCE)
    shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(written)).hexdigest()
    if shown != fingerprint:
        raise CertificateDiffersError(shown)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False  # its name was made by whoever made it; the certificate is the proof
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    trusting.load_verify_locations(cadata=written)
    return trusting
