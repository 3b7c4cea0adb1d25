"""The API of devices, open sessions and the limits of these; without a client one's own are meant."""

from __future__ import annotations

from typing import Any

from vestibule.device_models import Device, DevicePage, Ended, Limits, LimitsChange, OpenSession, SessionPage
from vestibule.remote.caller import Caller

MOST = 200
"""Of a kind, for a person to look at; the rest follows once these are ended."""


class DeviceCalls(Caller):
    """The part of the API that is about where somebody is signed in, and for how long."""

    async def devices(
        self, client_id: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> DevicePage:
        """Devices, the last seen first."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return await self._ask("GET", f"{_whose(client_id)}/devices", DevicePage, query=query)

    async def open_sessions(
        self, client_id: str | None = None, limit: int = 50, cursor: str | None = None, *, alone: bool = False
    ) -> SessionPage:
        """Open sessions, the last used first; with ``alone`` only those without a device."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        query |= {"alone": True} if alone else {}
        return await self._ask("GET", f"{_whose(client_id)}/sessions", SessionPage, query=query)

    async def signed_in(self, client_id: str | None = None) -> tuple[list[Device], list[OpenSession]]:
        """What a person looks at: devices, and sessions that belong to none; of each the last seen."""
        devices = await self.devices(client_id, MOST)
        return devices.devices, (await self.open_sessions(client_id, MOST, alone=True)).sessions

    async def end_device(self, device_id: str, client_id: str | None = None) -> Ended:
        """End a device and its sessions."""
        return await self._ask("DELETE", f"{_whose(client_id)}/devices/{device_id}", Ended)

    async def end_session(self, session_id: str, client_id: str | None = None) -> Ended:
        """End one session."""
        return await self._ask("DELETE", f"{_whose(client_id)}/sessions/{session_id}", Ended)

    async def end_everywhere(self, client_id: str | None = None) -> Ended:
        """End all devices and sessions; of one's own, all others."""
        return await self._ask("DELETE", f"{_whose(client_id)}/devices", Ended)

    async def limits(self) -> Limits:
        """How long a session lasts."""
        return await self._ask("GET", "/v1/limits", Limits)

    async def change_limits(self, change: LimitsChange) -> Limits:
        """Change how long a session lasts."""
        return await self._ask("PATCH", "/v1/limits", Limits, change)


def _whose(client_id: str | None) -> str:
    return "/v1/me" if client_id is None else f"/v1/clients/{client_id}"
