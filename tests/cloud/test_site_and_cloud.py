"""A site and its cloud, as real servers: what they tell each other by themselves."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cloud.conftest import free_port
from tests.cloud.parties import PASSWORD_FOR_CLOUD, SERIAL, Party, join, serving, sites_of, until, up_to_date
from tests.cloud.uploader import Uploader
from vestibule import signatures
from vestibule.access import cloud_packages, packages
from vestibule.cloud_models import Presence, SiteAddresses
from vestibule.signatures import Purpose

ON_POSTGRESQL = True
"""Both of them; the tests of attacks have theirs in files."""
WHOLE, GUEST = os.urandom(2_500_000), b"what a guest may see"


def presence(cloud: Party, serial: str = SERIAL) -> Presence:
    """Where the site is, as it has signed."""
    answer = cloud.http.get(f"/v1/cloud/sites/{serial}/addresses")
    said = msgspec.json.decode(answer.content, type=SiteAddresses)
    return signatures.verified(said.presence, Purpose.PRESENCE, said.key, Presence)


def of_site(cloud: Party, serial: str = SERIAL) -> dict[str, object]:
    """What the operator sees of it."""
    return next(each for each in cloud.get("/v1/cloud/sites")["sites"] if each["serial"] == serial)


def test_every_version_is_at_the_cloud_with_its_packages(site: Party, cloud: Party) -> None:
    whole, guest = site.package(WHOLE), site.package(GUEST, "guest.tknx")
    number = site.upload(package=whole, profiles={"Guest": guest}, location="Bern")
    up_to_date(site)
    kept = of_site(cloud)
    assert (kept["newest"], kept["registrations"], kept["public"]) == (number, 1, True)
    folder = cloud_packages.folder_of(cloud.server.packages, SERIAL)
    assert hashlib.sha256(packages.whole(folder, whole).read_bytes()).hexdigest() == whole
    assert packages.whole(folder, guest).read_bytes() == GUEST
    # Another of the same packages sends no byte twice; restoring brings the profile's package back.
    assert site.upload(profiles={}) == number + 1
    restored = site.ask(
        "POST", f"/v1/project/versions/{number}/restore", {}, **{"If-Match": f'"{number + 1}"'}
    )
    assert restored.status_code == 200
    up_to_date(site)
    newest = Uploader(cloud).newest()
    assert newest.number == number + 2
    assert newest.package is not None
    assert newest.package.sha256 == whole
    assert newest.profiles["Guest"].sha256 == guest
    assert "cloud_password" not in newest.settings
    assert newest.settings["location"] == "Bern"


def test_a_changed_address_is_told_at_once(site: Party, cloud: Party) -> None:
    before = presence(cloud)
    assert before.fingerprint == site.fingerprint
    site.upload(external_ip="haus.example")
    told = until(lambda: (now := presence(cloud)).counter > before.counter and now)
    assert told.paths.addresses.external == f"https://haus.example:{told.port}"
    site.upload(external_ip="")
    until(lambda: presence(cloud).paths.addresses.external is None)


def test_an_update_is_applied_as_an_upload_and_says_who_signed_it(site: Party, cloud: Party) -> None:
    up_to_date(site)
    karin = Uploader(cloud).known_to(site)
    document = karin.version(location="Biel/Bienne")
    document.package = karin.package(b"new" * 999, "new.tknx")
    document.profiles = {"Guest": karin.package(b"newer", "guest.tknx")}
    assert karin.outcome(karin.offer(karin.sign(document))) == ("applied", "")
    version = site.get(f"/v1/project/versions/{document.number}")
    assert (version["by"], version["note"], version["package"]["name"]) == ("cloud", "from afar", "new.tknx")
    assert version["settings"]["location"] == "Biel/Bienne"
    assert version["profiles"]["Guest"]["size"] == 5
    assert site.audited("cloud.updated")[0]["detail"] == {"signer": "Karin", "version": document.number}
    assert site.get("/v1/cloud")["updates"][0]["outcome"] == "applied"
    up_to_date(site)
    assert of_site(cloud)["newest"] == document.number
    assert site.get("/v1/audit/verdict")["ok"]


def test_an_update_whose_hook_fails_is_rolled_back_and_said(site: Party, cloud: Party, hooks: Path) -> None:
    up_to_date(site)
    (hooks / "apply").write_text('#!/bin/sh\ngrep -q "Nowhere" && exit 3; exit 0\n')
    (hooks / "apply").chmod(0o700)
    kurt = Uploader(cloud).known_to(site, "Kurt")
    before = site.get("/v1/system")
    document = kurt.version(location="Nowhere")
    assert kurt.outcome(kurt.offer(kurt.sign(document))) == ("rolled_back", "hook_failed")
    now = site.get("/v1/system")
    assert (now["version"], now["settings"]) == (document.number + 1, before["settings"])
    row = site.audited("cloud.rolled_back")[0]
    assert row["detail"] == {"restored": before["version"], "signer": "Kurt", "version": document.number}
    up_to_date(site)


def test_updates_wait_while_the_switch_is_off(site: Party, cloud: Party) -> None:
    up_to_date(site)
    rita = Uploader(cloud).known_to(site, "Rita")
    site.upload(automatic_server_update=False)
    up_to_date(site)
    offered = rita.offer(rita.sign(rita.version(location="Thun", automatic_server_update=False)))
    until(lambda: site.get("/v1/cloud")["waiting"])
    assert site.get("/v1/system")["settings"]["location"] != "Thun"
    # Switched on, the site has another version than the one it builds on: it is refused, and nothing is lost.
    number = site.upload(automatic_server_update=True)
    assert rita.outcome(offered) == ("refused", "version_stale")
    assert site.get("/v1/system")["version"] == number


def test_what_happened_while_the_cloud_was_away_is_caught_up(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "cloud", cloud=True, secure=True, port=port) as cloud:
        config = sites_of(cloud)
        with serving(tmp_path / "site", config=config) as site:
            join(site, cloud)
            cloud_home = cloud.state.parent
            site_home = site.state.parent
    with serving(site_home, config=config) as site:
        for place in ("Bern", "Biel", "Thun"):
            site.upload(location=place)
        assert until(lambda: site.get("/v1/cloud")["trouble"]) == "cloud_unreachable"
        with serving(cloud_home, cloud=True, secure=True, port=port) as cloud:
            up_to_date(site)
            assert of_site(cloud)["newest"] == 5
            site.upload(automatic_server_update=True)
            up_to_date(site)
            stranger = Uploader(cloud)
            offered = stranger.offer(stranger.sign(stranger.version(location="Chur")))
            assert stranger.outcome(offered) == ("refused", "signer_unknown")
            # The operator has forgotten it: it registers anew by itself and sends everything again.
            again = {"password": PASSWORD_FOR_CLOUD}
            assert cloud.ask("POST", f"/v1/cloud/sites/{SERIAL}/reset", again).status_code == 200
            until(lambda: of_site(cloud)["newest"] == 6)
            up_to_date(site)
            # Offers are counted from one again.
            stranger = Uploader(cloud)
            offered = stranger.offer(stranger.sign(stranger.version(location="Chur")))
            assert stranger.outcome(offered) == ("refused", "signer_unknown")


def test_a_wrong_password_is_said_and_a_switched_off_site_is_found_no_more(
    cloud: Party, tmp_path: Path
) -> None:
    serial = "TK-000816"
    cloud.ask("POST", "/v1/cloud/sites", {"serial": serial, "password": PASSWORD_FOR_CLOUD})
    with serving(tmp_path, config=sites_of(cloud)) as site:
        wrong: dict[str, Any] = {"cloud_password": "not the password", "automatic_connection": True}
        site.upload(cloud=True, serial_number=serial, **wrong)
        assert until(lambda: site.get("/v1/cloud")["trouble"]) == "cloud_password_wrong"
        site.upload(cloud_password=PASSWORD_FOR_CLOUD)
        up_to_date(site)
        assert presence(cloud, serial).paths.automatic_connection
        site.upload(cloud=False)
        path = f"/v1/cloud/sites/{serial}/addresses"
        until(lambda: cloud.http.get(path).json().get("code") == "cloud_site_unknown")
        assert site.get("/v1/cloud")["state"] == "off"


def test_only_a_server_that_is_said_to_be_one_is_a_cloud(site: Party, cloud: Party) -> None:
    for path in ("/v1/cloud/sites", "/v1/cloud/sites/TK-1/addresses", "/v1/cloud/site/news"):
        assert site.ask("GET", path).json()["code"] == "not_found"
    assert "/v1/cloud/registrations" not in site.get("/v1/openapi.json")["paths"]
    assert "/v1/cloud/registrations" in cloud.get("/v1/openapi.json")["paths"]
    pages = [cloud.http.get(path).content for path in (f"/s/{SERIAL}", "/S/TK-NOBODY")]
    assert pages[0] == pages[1]
    assert b"Copy the whole link" in pages[0]
    assert site.http.get(f"/s/{SERIAL}").status_code == 404


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"cloud": True}, ["cloud_serial_missing", "cloud_password_missing"]),
        ({"cloud": True, "serial_number": "TK-2", "cloud_password": "x" * 15}, []),
    ],
)
def test_the_status_says_what_is_missing(
    tmp_path: Path, settings: dict[str, Any], missing: list[str]
) -> None:
    with serving(tmp_path) as site:
        assert site.get("/v1/cloud")["state"] == "off"
        site.upload(**settings)
        assert site.get("/v1/cloud")["missing"] == ["cloud_address_missing", *missing]


def test_admins_alone_are_told_that_the_site_stands_otherwise(site: Party) -> None:
    known = site.get("/v1/events?after=0")
    assert site.get(f"/v1/events?after={known['last']}&cloud={known['cloud']}")["events"] == []
    told = site.get(f"/v1/events?after={known['last']}&cloud=before&wait=20")
    assert [event["action"] for event in told["events"]] == ["cloud.changed"]
    assert told["cloud"] == known["cloud"]
    guest = site.ask("POST", "/v1/clients", {"name": "Guest"}).json()
    arriving = {"mode": "otp", "code": guest["code"]["code"], "name": "Guest", "device": "phone"}
    token = site.http.post("/v1/sessions", json=arriving).json()["token"]
    heard = site.ask("GET", f"/v1/events?after={told['last'] + 99}&cloud=before", token=token).json()
    assert (heard["events"], heard["cloud"]) == ([], "")
