"""An uploader with a key of his own, and what he, or somebody worse, may sign."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.cloud.parties import PASSWORD_FOR_CLOUD, SERIAL, Party, until
from vestibule import signatures
from vestibule.cloud_models import Signed, VersionDocument
from vestibule.models import PackageInfo, Secret
from vestibule.signatures import Purpose


class Uploader:
    """Leaves versions at a cloud."""

    def __init__(self, cloud: Party, serial: str = SERIAL) -> None:
        self.cloud, self.serial = cloud, serial
        self.private: Secret = signatures.new_key()
        self.key = signatures.public_key(self.private)
        asked = {"serial": serial, "password": PASSWORD_FOR_CLOUD}
        granted = cloud.ask("POST", "/v1/cloud/uploads", asked)
        assert granted.status_code == 201, granted.text
        self.token = granted.json()["token"]
        self.site_key = granted.json()["key"]

    def known_to(self, site: Party, name: str = "Karin") -> Uploader:
        """The site takes what this one signs."""
        added = site.ask("POST", "/v1/cloud/signers", {"name": name, "key": self.key})
        assert added.status_code == 201, added.text
        return self

    def newest(self) -> VersionDocument:
        """What he builds upon."""
        answer = self.cloud.ask("GET", "/v1/cloud/uploads/newest", token=self.token)
        signed = msgspec.json.decode(answer.content, type=Signed)
        return signatures.verified(signed, Purpose.VERSION, self.site_key, VersionDocument)

    def version(self, **settings: Any) -> VersionDocument:
        """The next version."""
        newest = self.newest()
        together = {**newest.settings, **settings}
        return msgspec.structs.replace(
            newest,
            base=newest.number,
            number=newest.number + 1,
            at=datetime.now(UTC),
            note="from afar",
            settings=together,
        )

    def sign(self, document: VersionDocument) -> Signed:
        """As only he can."""
        return signatures.sign(self.private, Purpose.UPDATE, document)

    def offer(self, signed: Signed) -> Any:
        """Leave it; the cloud's answer."""
        return self.cloud.ask("PUT", "/v1/cloud/uploads/offer", msgspec.to_builtins(signed), self.token)

    def outcome(self, of: Any) -> tuple[str, str]:
        """What the site has made of the offer that was answered so."""
        assert of.status_code == 200, of.text
        seq = of.json()["seq"]

        def said() -> Any:
            last = self.cloud.ask("GET", "/v1/cloud/uploads/offer", token=self.token).json()
            return last if (last["seq"], last["outcome"]) != (seq, "waiting") else None

        last = until(said)
        assert last["seq"] == seq
        return last["outcome"], last["reason"]

    def package(self, data: bytes, name: str) -> PackageInfo:
        """Bring a package to the cloud."""
        sha256 = hashlib.sha256(data).hexdigest()
        new = {"sha256": sha256, "size": len(data), "name": name}
        here = self.cloud.ask("POST", "/v1/cloud/site/packages", new, self.token)
        assert here.status_code == 200, here.text
        if here.json()["received"] < len(data):
            path = f"/v1/cloud/site/packages/{sha256}"
            headers = {"Authorization": f"Bearer {self.token}"}
            sent = self.cloud.http.patch(path, content=data, headers=headers)
            assert sent.json()["received"] == len(data), sent.text
        return PackageInfo(sha256=sha256, size=len(data), name=name)
