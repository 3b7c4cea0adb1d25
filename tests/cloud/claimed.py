"""A site that is nothing but its key: it says to a cloud whatever a test wants it to say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.cloud.parties import PASSWORD_FOR_CLOUD, Party
from vestibule import signatures
from vestibule.cloud_models import Claim, Presence, Registration, Signed, Void, Voids
from vestibule.models import Addresses, ConnectionPolicy, Paths, Secret
from vestibule.signatures import Purpose


class Claimed:
    """Registered with ``cloud`` under ``serial``."""

    def __init__(self, cloud: Party, serial: str) -> None:
        self.cloud, self.serial = cloud, serial
        self.private = signatures.new_key()
        self.key = signatures.public_key(self.private)
        new = {"serial": serial, "password": PASSWORD_FOR_CLOUD}
        assert cloud.ask("POST", "/v1/cloud/sites", new).status_code == 201
        asked = registration(serial, self.private, PASSWORD_FOR_CLOUD)
        registered = cloud.http.post("/v1/cloud/registrations", json=msgspec.to_builtins(asked))
        assert registered.status_code == 201, registered.text
        self.token = registered.json()["token"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """With its token."""
        return self.cloud.ask(method, path, None if body is None else msgspec.to_builtins(body), self.token)

    def sign(self, purpose: Purpose, document: msgspec.Struct) -> Signed:
        """With its key."""
        return signatures.sign(self.private, purpose, document)

    def beat(self, counter: int, *, public: bool = True, voids: list[Void] | None = None) -> dict[str, Any]:
        """A heartbeat."""
        place = presence(self.serial, counter, public=public)
        back = Voids(serial=self.serial, counter=counter, voids=voids or [])
        sent = {
            "presence": self.sign(Purpose.PRESENCE, place),
            "voids": self.sign(Purpose.VOIDS, back),
        }
        return msgspec.to_builtins(sent)  # type: ignore[no-any-return]


def registration(serial: str, private: Secret, password: str, counter: int = 0) -> Registration:
    """Ask to be taken in."""
    claim = signatures.sign(private, Purpose.CLAIM, Claim(serial=serial, counter=counter))
    return Registration(serial=serial, password=password, key=signatures.public_key(private), claim=claim)


def presence(serial: str, counter: int, *, public: bool = True) -> Presence:
    """Some place."""
    return Presence(
        serial=serial,
        counter=counter,
        at=datetime.now(UTC),
        paths=Paths(
            policy=ConnectionPolicy.CLOUD_ONLY,
            addresses=Addresses(local=None, external=None, cloud=None),
            serial_number=serial,
            automatic_connection=public,
        ),
        port=7550,
        fingerprint="0" * 64,
    )
