"""The API of a site's own cloud, and of a server that is the cloud of others."""

from __future__ import annotations

from typing import Any

from vestibule.cloud_models import (
    CloudSiteAdded,
    CloudSiteNew,
    CloudSiteReset,
    CloudSites,
    CloudStatus,
    Signer,
    SignerNew,
    Signers,
    Ticket,
)
from vestibule.i18n import _
from vestibule.remote.caller import Caller
from vestibule.remote.errors import Unreachable


class CloudCalls(Caller):
    """The part of the API that is about clouds."""

    async def cloud(self) -> CloudStatus:
        """How the site stands with its cloud."""
        return await self._ask("GET", "/v1/cloud", CloudStatus)

    async def cloud_ticket(self) -> Ticket:
        """What I may fetch from the site's cloud, and by what. Raises Unreachable for what no site says."""
        from vestibule.remote.cloud_answers import ForgedAnswerError
        from vestibule.remote.given_ticket import judged_ticket

        ticket = await self._ask("POST", "/v1/me/cloud-ticket", Ticket)
        try:
            return judged_ticket(ticket)
        except ForgedAnswerError:
            raise Unreachable(_("not a Vestibule server")) from None

    async def signers(self) -> Signers:
        """The uploaders whose versions the site takes."""
        return await self._ask("GET", "/v1/cloud/signers", Signers)

    async def add_signer(self, new: SignerNew) -> Signer:
        """Take an uploader's versions."""
        return await self._ask("POST", "/v1/cloud/signers", Signer, new)

    async def remove_signer(self, fingerprint: str) -> None:
        """Take an uploader's versions no more."""
        await self._send("DELETE", f"/v1/cloud/signers/{fingerprint}")

    async def cloud_sites(
        self, limit: int = 100, cursor: str | None = None, *, filter_text: str = "", warned: bool = False
    ) -> CloudSites:
        """Sites of this cloud; with ``warned`` only those that somebody posed as."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        query |= {"filter": filter_text} if filter_text else {}
        query |= {"warned": True} if warned else {}
        return await self._ask("GET", "/v1/cloud/sites", CloudSites, query=query)

    async def add_cloud_site(self, new: CloudSiteNew) -> CloudSiteAdded:
        """Let a site register."""
        return await self._ask("POST", "/v1/cloud/sites", CloudSiteAdded, new)

    async def reset_cloud_site(self, serial: str, password: str | None) -> CloudSiteAdded:
        """Let a site register anew."""
        body = CloudSiteReset(password=password)
        return await self._ask("POST", f"/v1/cloud/sites/{serial}/reset", CloudSiteAdded, body)

    async def remove_cloud_site(self, serial: str) -> None:
        """Forget a site."""
        await self._send("DELETE", f"/v1/cloud/sites/{serial}")
