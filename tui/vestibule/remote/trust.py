"""Whose certificate is accepted: one that a public authority vouches for, or the very one a person accepted.

A building's server seldom has a name that an authority could vouch for. So the person sees the certificate's
fingerprint the first time, and no other certificate is accepted for the site from then on.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import httpx

from vestibule.fingerprint import fingerprint
from vestibule.i18n import _
from vestibule.models import Path
from vestibule.remote.errors import CertificateChanged, CertificateUnknown, Unreachable


@dataclass(frozen=True)
class Trust:
    """What is accepted for one site: ``accepted``, in DER, and public authorities beside it.

    At ``homes``, where somebody added the site and where others than itself say that it is, nothing but
    ``accepted``: an authority that was made to vouch for somebody else shall not replace it unseen.
    """

    accepted: bytes | None
    homes: frozenset[str]

    async def contexts(self, address: str, path: Path | None) -> list[ssl.SSLContext]:
        """With which a connection to ``address`` is tried, one after the other."""
        if self.accepted is None:
            return [await asyncio.to_thread(by_authorities)]
        own = only(self.accepted)
        if address in self.homes:
            return [own]
        both = [own, await asyncio.to_thread(by_authorities)]
        return both[::-1] if path is Path.CLOUD else both  # which is another server

    def refusal(self, address: str, shown: bytes) -> Unreachable:
        """Why ``shown`` is not accepted."""
        if self.accepted is None:
            return CertificateUnknown(_("its certificate has not been accepted yet"), address, shown)
        if shown != self.accepted:
            words = _("it shows another certificate than the one accepted")
            return CertificateChanged(words, address, shown, fingerprint(self.accepted))
        return Unreachable(_("its certificate is not valid now; is the date right on both machines?"))


@cache
def by_authorities() -> ssl.SSLContext:
    """Accepts what a public authority, or one of this machine's own, vouches for. Takes 40 ms."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


@cache
def only(certificate: bytes) -> ssl.SSLContext:
    """Accepts this one certificate, in DER, whatever name it bears: a server's address may change."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(certificate))
    return context


async def shown_by(host: str, port: int, name: str) -> bytes:
    """The certificate, in DER, that the server at ``host`` shows to who asks for ``name``.

    Nothing is sent but the handshake. Raises OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    try:
        handshake = writer.get_extra_info("ssl_object")
        return bytes(handshake.getpeercert(binary_form=True) or b"")
    finally:
        writer.transport.abort()


def is_refusal(error: BaseException) -> bool:
    """Whether a connection failed because the certificate was not accepted."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """``error``, what caused it, what caused that, …"""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__  # httpcore raises its own "from None"
