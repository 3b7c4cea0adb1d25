"""What each party tries that is not its own: README, "What each party can and cannot do"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import update

from tests.cloud.claimed import Claimed, registration
from tests.cloud.parties import PASSWORD_FOR_CLOUD, SERIAL, Party, code_of, refused, until, up_to_date
from tests.cloud.uploader import Uploader
from vestibule import signatures
from vestibule.access import (
    cloud_beats,
    cloud_link,
    cloud_packages,
    cloud_registration,
    cloud_updates,
    packages,
)
from vestibule.cloud_models import Offered, Signed, TicketDocument, VersionDocument
from vestibule.signatures import Purpose
from vestibule.store.cloud_schema import cloud_offer

GUEST = b"what a guest may see"


# --- a stolen ticket --------------------------------------------------------------------------


def ticket_for(site: Party, profile: str) -> tuple[str, str, dict[str, str]]:
    """A client's id, its ticket, and the authorization of its session."""
    added = site.ask("POST", "/v1/clients", {"profile": profile}).json()
    asked = {"mode": "otp", "code": added["code"]["code"], "name": "Anna", "device": "pc"}
    session = site.http.post("/v1/sessions", json=asked).json()
    mine = {"Authorization": f"Bearer {session['token']}"}
    ticket = site.http.post("/v1/me/cloud-ticket", headers=mine)
    assert ticket.status_code == 201, ticket.text
    return added["id"], ticket.json()["ticket"], mine


def test_a_ticket_reads_one_profiles_package_and_nothing_else(site: Party, cloud: Party) -> None:
    whole, guest, staff = (site.package(data, "x.tknx") for data in (b"whole" * 99, GUEST, b"staff only"))
    site.upload(package=whole, profiles={"Guest": guest, "Staff": staff})
    up_to_date(site)
    client, ticket, mine = ticket_for(site, "Guest")
    project = f"/v1/cloud/sites/{SERIAL}/project"
    assert cloud.ask("GET", f"{project}/package", token=ticket).content == GUEST
    told = msgspec.json.decode(cloud.ask("GET", project, token=ticket).json()["package"]["document"])
    assert (told["profile"], told["package"]["sha256"]) == ("Guest", guest)
    assert "settings" not in told
    assert cloud.ask("GET", f"/v1/cloud/sites/{SERIAL}/addresses", token=ticket).status_code == 200
    elsewhere = [
        ("GET", f"/v1/cloud/site/packages/{whole}", None),
        ("GET", f"/v1/cloud/site/packages/{staff}", None),
        ("GET", "/v1/cloud/site/offer", None),
        ("GET", "/v1/cloud/uploads/newest", None),
        ("GET", "/v1/cloud/sites", None),
        ("POST", "/v1/cloud/site/packages", {"sha256": whole, "size": 9, "name": "x"}),
    ]
    assert {code_of(cloud.ask(*each, token=ticket)) for each in elsewhere} == {
        "cloud_token_unknown",
        "session_ended",
    }
    assert code_of(site.ask("GET", "/v1/me", token=ticket)) == "session_ended"
    _other, empty, _mine = ticket_for(site, "Nobody has a package for these")
    assert code_of(cloud.ask("GET", project, token=empty)) == "cloud_profile_empty"
    _other, blank, _mine = ticket_for(site, "")
    assert code_of(cloud.ask("GET", f"{project}/package", token=blank)) == "cloud_profile_empty"

    # Disabled it is void, and stays so; what is asked for afterwards is good.
    site.ask("PATCH", f"/v1/clients/{client}", {"enabled": False})
    until(lambda: code_of(cloud.ask("GET", project, token=ticket)) == "cloud_ticket_refused")
    site.ask("PATCH", f"/v1/clients/{client}", {"enabled": True})
    assert code_of(site.http.post("/v1/me/cloud-ticket", headers=mine)) == "session_ended"
    assert code_of(cloud.ask("GET", project, token=ticket)) == "cloud_ticket_refused"
    next_client, fresh, _mine = ticket_for(site, "Guest")
    assert cloud.ask("GET", project, token=fresh).status_code == 200
    # So is a removed one, and one that has another profile now.
    site.ask("PATCH", f"/v1/clients/{next_client}", {"profile": "Staff"})
    until(lambda: code_of(cloud.ask("GET", project, token=fresh)) == "cloud_ticket_refused")


def test_a_ticket_cannot_be_altered_prolonged_or_used_elsewhere(site: Party, cloud: Party) -> None:
    _client, ticket, _mine = ticket_for(site, "Guest")
    signed = signatures.from_token(ticket)
    document = signatures.read(signed, TicketDocument)
    thief = signatures.new_key()
    other = Claimed(cloud, "TK-OTHER")
    long = msgspec.structs.replace(document, serial="TK-OTHER", expires=document.expires + timedelta(days=1))
    over = msgspec.structs.replace(
        document, serial="TK-OTHER", expires=datetime.now(UTC) - timedelta(seconds=1)
    )
    tried = {
        SERIAL: [
            signatures.sign(thief, Purpose.TICKET, document),
            Signed(document=signed.document.replace("Guest", "Staff"), signature=signed.signature),
            other.sign(Purpose.TICKET, document),
        ],
        "TK-OTHER": [
            signed,
            other.sign(Purpose.TICKET, long),
            other.sign(Purpose.TICKET, over),
            other.sign(Purpose.VERSION, long),
        ],
    }
    for serial, words in tried.items():
        for word in (*map(signatures.to_token, words), "", "x", "x.y"):
            answer = cloud.ask("GET", f"/v1/cloud/sites/{serial}/project", token=word or "-")
            assert code_of(answer) == "cloud_ticket_refused"


# --- a stolen token or password of a site -----------------------------------------------------


def test_a_stolen_site_token_forges_neither_addresses_nor_versions(site: Party, cloud: Party) -> None:
    up_to_date(site)
    store = site.server.store
    with store.write() as tx:
        plan = cloud_link.plan(tx, site.server.cloud.address)
        older = cloud_beats.beat(tx, plan, site.server.cloud).sent
        newer = cloud_beats.beat(tx, plan, site.server.cloud).sent
        copy = cloud_beats.next_copy(tx, plan, 1)
    assert plan.token is not None
    token = plan.token.reveal
    assert copy is not None

    def ask(method: str, path: str, body: Any = None) -> str:
        return code_of(cloud.ask(method, path, msgspec.to_builtins(body), token))

    thief = Claimed(cloud, "TK-THIEF")
    assert ask("PUT", "/v1/cloud/site", newer) == "200"
    assert ask("PUT", "/v1/cloud/site", older) == "cloud_replayed"
    assert ask("PUT", "/v1/cloud/site", newer) == "cloud_replayed"
    assert ask("PUT", "/v1/cloud/site", thief.beat(2**60)) == "cloud_forged"
    mixed = {"presence": newer.presence, "voids": older.voids}
    assert ask("PUT", "/v1/cloud/site", mixed) == "cloud_forged"
    document = signatures.read(copy.sent.version, VersionDocument)
    forged = thief.sign(Purpose.VERSION, document)
    assert ask("PUT", "/v1/cloud/site/versions/2", {"version": forged, "packages": []}) == "cloud_forged"
    assert ask("PUT", "/v1/cloud/site/versions/99", copy.sent) == "cloud_forged"
    assert ask("PUT", "/v1/cloud/uploads/offer", forged) == "cloud_token_unknown"
    # What belongs to others is not there for it: not even whether it is there.
    guest = site.package(GUEST)
    new = {"sha256": guest, "size": len(GUEST), "name": "x"}
    assert thief.ask("POST", "/v1/cloud/site/packages", new).json()["received"] == 0
    assert code_of(thief.ask("GET", f"/v1/cloud/site/packages/{guest}")) == "package_unknown"
    assert thief.ask("POST", "/v1/cloud/site/packages", {**new, "sha256": guest + "\n"}).status_code == 422
    # A reset ends it.
    cloud.ask("POST", "/v1/cloud/sites/TK-THIEF/reset", {"password": PASSWORD_FOR_CLOUD})
    assert code_of(thief.ask("GET", "/v1/cloud/site/offer")) == "cloud_token_unknown"


def test_a_stolen_password_for_cloud_takes_nothing_over_and_is_told(site: Party, cloud: Party) -> None:
    up_to_date(site)
    thief = Uploader(cloud)
    mine = registration(SERIAL, thief.private, PASSWORD_FOR_CLOUD, 2**60)
    # The site's own key is no secret; what is signed with it is the site's alone, and only once.
    posing = msgspec.structs.replace(mine, key=thief.site_key)
    with site.server.store.write() as tx:
        repeated = cloud_beats.registration(tx, cloud_link.plan(tx, site.server.cloud.address))
    found = f"/v1/cloud/sites/{SERIAL}/addresses"
    before = cloud.http.get(found).content
    site.upload(external_ip="later.example")
    until(lambda: cloud.http.get(found).content != before)
    site.upload(external_ip="")
    up_to_date(site)
    for asked, code in (
        (posing, "cloud_forged"),
        (repeated, "cloud_replayed"),
        (mine, "cloud_key_changed"),
    ):
        said = cloud.http.post("/v1/cloud/registrations", json=msgspec.to_builtins(asked))
        assert code_of(said) == code
        assert cloud.audited("cloud.registered")[0]["outcome"] == code
    listed = next(each for each in cloud.get("/v1/cloud/sites")["sites"] if each["serial"] == SERIAL)
    assert (listed["refused_from"], listed["registrations"]) == ("127.0.0.1", 1)
    assert listed["refused_at"] is not None
    row = cloud.audited("cloud.registered")[0]
    assert (row["outcome"], row["detail"]["serial"]) == ("cloud_key_changed", SERIAL)
    # It may leave versions; the site takes none of them.
    before = site.get("/v1/system")
    offered = thief.offer(thief.sign(thief.version(location="Taken over")))
    assert thief.outcome(offered) == ("refused", "signer_unknown")
    assert site.get("/v1/system") == before
    # The grant is for one site and one password.
    with cloud.server.store.read() as tx:
        serial, expires, mark = thief.token.removeprefix("vu_").split(".")
        for word in (
            f"vu_TK-KNOWN.{expires}.{mark}",
            f"vu_{serial}.{int(expires) + 1}.{mark}",
            f"vu_{serial}.x.{mark}",
            "vu_",
        ):
            assert refused(cloud_registration.uploader_of, tx, word) == "cloud_token_unknown"


# --- a malicious cloud ------------------------------------------------------------------------


def test_a_site_judges_what_its_cloud_offers(site: Party, cloud: Party) -> None:
    up_to_date(site)
    karin = Uploader(cloud).known_to(site, "Karla")
    good = karin.version(location="Chur")
    change = msgspec.structs.replace
    month, signed = timedelta(days=31), karin.sign(good)
    offered = {
        "signer_unknown": [
            signatures.sign(signatures.new_key(), Purpose.UPDATE, good),
            signatures.sign(karin.private, Purpose.VERSION, good),
            Signed(document=signed.document.replace("Chur", "Oops"), signature=signed.signature),
            site_signed(site),
        ],
        "update_other_site": [
            karin.sign(change(good, serial="TK-OTHER")),
            karin.sign(change(good, settings={**good.settings, "serial_number": "TK-OTHER"})),
        ],
        "version_stale": [
            karin.sign(change(good, base=good.base - 1, number=good.number - 1)),
            karin.sign(change(good, number=good.number + 5)),
        ],
        "update_too_old": [
            karin.sign(change(good, at=good.at - month)),
            karin.sign(change(good, at=good.at + month)),
        ],
        "property_unknown": [karin.sign(change(good, settings={**good.settings, "password": "x" * 20}))],
    }
    with site.server.store.read() as tx:
        for code, tried in offered.items():
            for each in tried:
                assert refused(cloud_updates.judge, tx, Offered(seq=1, version=each), SERIAL) == code
        assert cloud_updates.judge(tx, Offered(seq=1, version=signed), SERIAL)[0] == "Karla"


def site_signed(site: Party) -> Signed:
    """A version of the site's own, as it has given it to the cloud."""
    with site.server.store.write() as tx:
        plan = cloud_link.plan(tx, site.server.cloud.address)
        copy = cloud_beats.next_copy(tx, plan, 1)
    assert copy is not None
    return copy.sent.version


def test_a_cloud_cannot_bring_back_what_was_nor_another_package(site: Party, cloud: Party) -> None:
    up_to_date(site)
    karin = Uploader(cloud).known_to(site, "Katja")
    first = karin.sign(karin.version(location="Sion"))
    assert karin.outcome(karin.offer(first)) == ("applied", "")
    up_to_date(site)
    site.upload(location="Visp")
    up_to_date(site)
    before = site.get("/v1/system")
    document = karin.version(location="Brig")
    document.package = karin.package(b"good" * 500, "good.tknx")
    # The cloud puts another package in its place …
    folder = cloud_packages.folder_of(cloud.server.packages, SERIAL)
    packages.whole(folder, document.package.sha256).write_bytes(b"evil" * 500)
    assert karin.outcome(karin.offer(karin.sign(document))) == ("refused", "package_damaged")
    # … and brings out the version that was applied before.
    with cloud.server.store.write() as tx:
        mine = cloud_offer.c.serial == SERIAL
        row = {"document": first.document, "signature": first.signature, "outcome": "waiting"}
        tx.connection.execute(
            update(cloud_offer).where(mine).values(**row, seq=cloud_offer.c.seq + 1, at=tx.now)
        )
    cloud.server.cloud.news.ring_from_thread(SERIAL)
    last = until(lambda: site.audited("cloud.updated")[0]["outcome"] == "version_stale")
    assert last
    assert site.get("/v1/system") == before
