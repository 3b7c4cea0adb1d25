"""A cloud as those ask it who look for a site; see ``finding``."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from vestibule import cloud_address
from vestibule.cloud_models import SiteAddresses
from vestibule.fingerprint import grouped
from vestibule.i18n import _
from vestibule.remote.caller import Caller
from vestibule.remote.errors import CertificateChanged, Unreachable
from vestibule.remote.reasons import reason
from vestibule.remote.route import PATIENCE
from vestibule.remote.trust import only, shown_by

PACKAGE_TIMEOUT = httpx.Timeout(10.0, read=300.0)


class Cloud(Caller):
    """A connection to one cloud."""

    async def addresses(self, serial: str) -> SiteAddresses:
        """Where a site is, as the cloud says."""
        return await self._ask("GET", f"/v1/cloud/sites/{serial}/addresses", SiteAddresses)


@asynccontextmanager
async def opened(address: str, fingerprint: str = "", kind: type[Cloud] = Cloud) -> AsyncIterator[Cloud]:
    """A connection to the cloud at ``address``; ``fingerprint``: of its self-made certificate.

    Raises ValueError for an address that cannot be one, CertificateChanged and Unreachable.
    """
    address = cloud_address.normal(address)
    cloud = kind(await _only(address, fingerprint) if fingerprint else None, address)
    try:
        yield cloud
    finally:
        await cloud.close()


async def _only(address: str, fingerprint: str) -> httpx.AsyncBaseTransport:
    """To who shows the certificate with this ``fingerprint``; it is asked for first."""
    url = httpx.URL(address)
    try:
        async with asyncio.timeout(PATIENCE):
            shown = await shown_by(url.host, url.port or 443, url.host)
    except OSError as error:
        raise Unreachable(reason(error)) from None
    if hashlib.sha256(shown).hexdigest() != fingerprint:
        words = _("it shows another certificate than the one accepted")
        raise CertificateChanged(words, address, shown, grouped(fingerprint))
    return httpx.AsyncHTTPTransport(verify=only(shown))
