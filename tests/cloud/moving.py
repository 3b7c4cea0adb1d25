"""A site that moves: it stops answering where it was, and answers elsewhere."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.cloud.conftest import free_port
from tests.cloud.parties import SERIAL, Party, join, serving, sites_of, until

LETS_ITSELF_BE_FOUND = {"automatic_connection": True, "cloud_connection_policy": "local_and_cloud"}


class Moving:
    """It has registered with ``cloud``, which sees it at loopback; clients come by that."""

    def __init__(self, home: Path, cloud: Party) -> None:
        self._home, self._cloud = home, cloud
        self._running = ExitStack()
        self.port = free_port()
        self.party = self._serve()
        join(self.party, cloud, more={**LETS_ITSELF_BE_FOUND, "client_port": self.port})

    def leave(self) -> None:
        """Say where it will be, and be gone."""
        before, self.port = self.port, free_port()
        self.party.upload(client_port=self.port)
        until(lambda: str(before) not in self._told() and str(self.port) in self._told())
        self.close()

    def come_back(self, *, renewed: bool = False) -> None:
        """Be there; ``renewed``: with another certificate."""
        if renewed:
            shutil.rmtree(self._home / "tls")
        self.party = self._serve()
        until(lambda: self.party.fingerprint in self._told())

    def close(self) -> None:
        """Answer nowhere."""
        self._running.close()

    def link(self, code: str = "") -> str:
        """By which a client finds it."""
        return str(self.party.get("/v1/cloud")["link"]) + (f"#{code}" if code else "")

    def code(self) -> str:
        """Of a new client who may come in through the cloud."""
        added = self.party.ask("POST", "/v1/clients", {"cloud_access": True})
        assert added.status_code == 201, added.text
        return str(added.json()["code"]["code"])

    def _serve(self) -> Party:
        served = serving(self._home, secure=True, config=sites_of(self._cloud), port=self.port)
        return self._running.enter_context(served)

    def _told(self) -> str:
        answer: Any = self._cloud.http.get(f"/v1/cloud/sites/{SERIAL}/addresses").json()
        return str(answer["presence"]["document"])
