"""What somebody tries who is nobody to a cloud, or no more than one of its sites."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import func, select

from tests.cloud.claimed import Claimed, registration
from tests.cloud.parties import PASSWORD_FOR_CLOUD, Party, code_of, refused
from tests.cloud.uploader import Uploader
from vestibule.access import cloud_presence, cloud_registration, principal
from vestibule.cloud_models import Signed, VersionDocument, Void
from vestibule.models import Path
from vestibule.store.cloud_schema import cloud_void


def anonymous(source: str) -> principal.Principal:
    return principal.anonymous(source, Path.EXTERNAL)


def test_guessing_serial_numbers_tells_nothing_and_is_slowed_down(cloud: Party) -> None:
    hidden = Claimed(cloud, "TK-HIDDEN")
    assert hidden.ask("PUT", "/v1/cloud/site", hidden.beat(1, public=False)).status_code == 200
    cloud.ask("POST", "/v1/cloud/sites", {"serial": "TK-NEVER-CAME"})
    gone = Claimed(cloud, "TK-GONE")
    assert gone.ask("PUT", "/v1/cloud/site", gone.beat(1)).status_code == 200
    assert cloud.http.get("/v1/cloud/sites/TK-GONE/addresses").status_code == 200
    assert cloud.ask("DELETE", "/v1/cloud/sites/TK-GONE").status_code == 204
    serials = ("TK-HIDDEN", "TK-NEVER-CAME", "TK-GONE", "TK-0")
    paths = [f"/v1/cloud/sites/{each}/addresses" for each in serials]
    answers = {(answer.status_code, answer.content) for answer in map(cloud.http.get, paths)}
    assert len(answers) == 1
    assert b"cloud_site_unknown" in answers.pop()[1]
    looks = cloud.server.cloud.looks
    said = [refused(cloud_presence.find, cloud.server.store, looks, anonymous("2001:db8::1"), "TK-0", "")]
    for number in range(70):
        who = anonymous(f"2001:db8::{number}")  # one line, many addresses
        said.append(refused(cloud_presence.find, cloud.server.store, looks, who, f"TK-{number}", ""))
    assert said[:60] == ["cloud_site_unknown"] * 60
    assert said[-1] == "too_many_attempts"
    elsewhere = anonymous("2001:db8:0:1::1")
    assert (
        refused(cloud_presence.find, cloud.server.store, looks, elsewhere, "TK-0", "") == "cloud_site_unknown"
    )


def test_guessing_passwords_for_cloud_is_counted_and_tells_no_serial_number(cloud: Party) -> None:
    known = Claimed(cloud, "TK-KNOWN")

    def tries(serial: str, source: str) -> list[str]:
        asked = registration(serial, known.private, "a guess at the password")
        register = cloud_registration.register
        return [refused(register, cloud.server.store, anonymous(source), asked) for _ in range(6)]

    expected = ["cloud_password_wrong"] * 5 + ["too_many_attempts"]
    assert tries("TK-KNOWN", "198.51.100.1") == tries("TK-NOBODY", "198.51.100.1") == expected
    # The site itself, from elsewhere, is not kept out by that.
    again = msgspec.to_builtins(registration("TK-KNOWN", known.private, PASSWORD_FOR_CLOUD, 1))
    assert cloud.http.post("/v1/cloud/registrations", json=again).status_code == 201


def test_nobody_who_speaks_for_a_site_fills_the_cloud(cloud: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Claimed(cloud, "TK-FLOOD")
    uploader = Uploader(cloud, "TK-FLOOD")
    offered = uploader.sign(VersionDocument("TK-FLOOD", 1, 0, datetime.now(UTC), "", {}, None, {}))
    said = [code_of(uploader.offer(offered)) for _ in range(35)]
    assert (said.count("200"), said[-1]) == (30, "too_many_attempts")
    outcomes = [{"seq": 30, "outcome": each} for each in ("applied", "refused")] * 20
    said = [code_of(site.ask("PUT", "/v1/cloud/site/offer", each)) for each in outcomes]
    assert said[:31] == ["200"] * 30 + ["too_many_attempts"]
    assert len([row for row in cloud.audited("cloud.offer_settled") if "FLOOD" in str(row["detail"])]) == 30
    deep = Signed(document='{"settings":{"a":' + "[" * 9999, signature="")
    assert code_of(uploader.offer(deep)) == "cloud_forged"
    # Tickets taken back until the end of time are forgotten with the others, and there are not endless many.
    monkeypatch.setattr(cloud_presence, "VOIDS_KEPT", 3)
    voids = [Void(f"{number:016x}", datetime.max.replace(tzinfo=UTC)) for number in range(4)]
    assert code_of(site.ask("PUT", "/v1/cloud/site", site.beat(1, voids=voids[:3]))) == "200"
    assert code_of(site.ask("PUT", "/v1/cloud/site", site.beat(2, voids=voids))) == "cloud_full"
    with cloud.server.store.write() as tx:
        kept = select(func.max(cloud_void.c.expires_at)).where(cloud_void.c.serial == "TK-FLOOD")
        assert tx.connection.execute(kept).scalar_one() <= tx.now + 2 * cloud_presence.TICKET_LIFE
