"""Rules of the cloud and of a site that has one, each by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.access.people import Time, person
from tests.cloud.claimed import registration
from vestibule import cloud_address, signatures
from vestibule.access import (
    audit,
    cloud_beats,
    cloud_link,
    cloud_packages,
    cloud_presence,
    cloud_registration,
    cloud_signers,
    cloud_sites,
    cloud_tickets,
    cloud_updates,
    passwords,
    project,
    rate,
    settings,
)
from vestibule.access.principal import Principal, console
from vestibule.access.rate import Rate
from vestibule.access.refused import Refused
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import (
    CloudSiteNew,
    Offered,
    Signed,
    SignerNew,
    TicketDocument,
    UploadAsk,
    VersionDocument,
)
from vestibule.models import PackageNew, PackageProgress, Retention, Secret, SystemChange
from vestibule.signatures import ForgedError, Purpose
from vestibule.store.clock import DAY, MINUTE, SECOND, to_datetime
from vestibule.store.cloud_schema import cloud_link as link_table
from vestibule.store.cloud_schema import cloud_package, cloud_site, cloud_ticket
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import client

SERIAL, PASSWORD = "TK-000815", "seven quiet rivers under glass"
CLOUD = CloudAddress("https://cloud.example")
SOURCE = Principal("-", "198.51.100.7")


class Host:
    """What config.toml says."""

    address: CloudAddress | None = CLOUD
    relay = certificate = local = ""


@pytest.fixture
def time(store: Store) -> Time:
    return Time(store)


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    return tmp_path / "packages"


def refused(call: Callable[..., object], *given: object) -> str:
    with pytest.raises(Refused) as problem:
        call(*given)
    return problem.value.code


def uploaded(store: Store, folder: Path, **values: Any) -> int:
    with store.read() as tx:
        number = settings.newest(tx).number
    change = SystemChange(settings=values)
    return project.upload(store, console(), number, change, folder, lambda _tx, _n: None).version


def registered(store: Store, folder: Path) -> cloud_link.Plan:
    """The site as it is once the cloud has taken it in."""
    uploaded(store, folder, cloud=True, serial_number=SERIAL, cloud_password=PASSWORD)
    with store.write() as tx:
        cloud_link.ensure_key(tx)
        cloud_link.registered(tx, cloud_link.plan(tx, CLOUD), "vt_token")
        return cloud_link.plan(tx, CLOUD)


@pytest.mark.on_both_databases
def test_a_rate_gives_its_burst_then_one_at_a_time(store: Store, time: Time) -> None:
    three = Rate(3, 10 * SECOND)

    def wait(key: str = "find:a") -> int | None:
        """Seconds to wait for the next one; 0 when it was given."""
        try:
            with store.write() as tx:
                rate.charge(tx, key, three)
        except Refused as no:
            return no.retry_after
        return 0

    assert [wait() for _ in range(5)] == [0, 0, 0, 10, 10]
    assert wait("find:b") == 0
    time.forward(7 * SECOND)
    assert wait() == 3
    time.forward(3 * SECOND)
    assert [wait(), wait()] == [0, 10]
    time.forward(60 * SECOND)
    assert [wait() for _ in range(4)] == [0, 0, 0, 10]


def test_a_meter_is_a_rate_that_nobody_can_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10**12]
    meter = rate.Meter(Rate(2, 10 * SECOND), lambda: now[0])

    def wait(source: str) -> int:
        try:
            meter.charge(source)
        except Refused as no:
            return no.retry_after or 0
        return 0

    assert [wait("192.0.2.1") for _ in range(3)] == [0, 0, 10]
    assert [wait(f"2001:db8::{each}") for each in range(3)] == [0, 0, 10]
    now[0] += 4 * SECOND
    assert wait("192.0.2.1") == 6
    monkeypatch.setattr(rate, "_MOST", 2)
    assert wait("192.0.2.2") == 0  # all others are forgotten
    assert wait("192.0.2.1") == 0


def test_what_was_signed_for_one_purpose_is_nothing_else() -> None:
    private = signatures.new_key()
    key = signatures.public_key(private)
    now = to_datetime(0)
    document = TicketDocument(serial=SERIAL, client="0" * 16, profile="Guest", issued=now, expires=now)
    signed = signatures.sign(private, Purpose.TICKET, document)
    assert signatures.verified(signed, Purpose.TICKET, key, TicketDocument) == document
    assert signatures.from_token(signatures.to_token(signed)) == signed
    other = signatures.public_key(signatures.new_key())
    longer = Signed(document=signed.document + " ", signature=signed.signature)
    for each, purpose, whose in (
        (signed, Purpose.VERSION, key),
        (signed, Purpose.TICKET, other),
        (signed, Purpose.TICKET, ""),
        (longer, Purpose.TICKET, key),
        (Signed(document=signed.document, signature="é"), Purpose.TICKET, key),
    ):
        with pytest.raises(ForgedError):
            signatures.verified(each, purpose, whose, TicketDocument)
    with pytest.raises(ForgedError):
        signatures.verified(signed, Purpose.TICKET, key, VersionDocument)
    deep = Signed(document='{"settings":{"a":' + "[" * 9999, signature="")
    with pytest.raises(ForgedError):
        signatures.read(deep, VersionDocument)
    # One key has one text: 43 characters hold two bits more than the key.
    twin = key[:-1] + chr(ord(key[-1]) + 1)
    assert signatures.normal_key(twin) == signatures.normal_key(key) == key
    assert private.reveal not in repr(private)


def test_a_private_key_is_its_owners_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "mine"
    key = signatures.write_key(file)
    assert signatures.public_key(signatures.read_key(file)) == key
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with pytest.raises(FileExistsError):
        signatures.write_key(file)
    file.chmod(0o640)
    with pytest.raises(PermissionError):
        signatures.read_key(file)


@pytest.mark.parametrize(
    "written",
    [
        "http://cloud.example",
        "https://user:secret@cloud.example",
        "https://cloud.example/path",
        "https://cloud.example?x",
        "ftp://cloud.example",
        "cloud.example",
        "https://",
        "http://127.0.0.1.example",
        "https://\u0441loud.example",
        "https://a..b",
    ],
)
def test_a_cloud_has_an_https_address_and_nothing_else(written: str) -> None:
    with pytest.raises(ValueError, match=r"\[cloud\]"):
        cloud_address.load({"address": written})


def test_a_fingerprint_may_be_written_in_groups() -> None:
    written = ":".join(["AB"] * 32)
    table = {"address": "https://Cloud.example:8443/", "fingerprint": written}
    assert cloud_address.load(table) == CloudAddress("https://cloud.example:8443", "ab" * 32)
    assert cloud_address.load({}) is None
    with pytest.raises(ValueError, match="64"):
        cloud_address.load({"address": "https://cloud.example", "fingerprint": "ab"})


@pytest.mark.on_both_databases
def test_of_many_servers_with_the_password_one_becomes_the_site(store: Store) -> None:
    cloud_sites.add(store, console(), CloudSiteNew(serial=SERIAL, password=PASSWORD))
    keys = [signatures.new_key() for _ in range(6)]

    def register(key: Secret) -> str:
        asked = registration(SERIAL, key, PASSWORD)
        try:
            source = Principal("-", f"198.51.100.{keys.index(key)}")  # five are free from each place
            return cloud_registration.register(store, source, asked).token
        except Refused as no:
            return no.code

    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(register, keys))
    assert sorted(set(said) - {"cloud_key_changed"}) == [each for each in said if each.startswith("vt_")]
    assert said.count("cloud_key_changed") == 5
    with store.read() as tx:
        (token,) = (each for each in said if each.startswith("vt_"))
        assert cloud_registration.site_of(tx, token).key == signatures.public_key(keys[said.index(token)])
        assert audit.verify(tx).ok


def test_a_grant_ends_with_its_hour_and_with_the_password(store: Store, time: Time) -> None:
    cloud_sites.add(store, console(), CloudSiteNew(serial=SERIAL, password=PASSWORD))
    asked = UploadAsk(serial=SERIAL, password=PASSWORD)
    assert refused(cloud_registration.grant, store, SOURCE, asked) == "cloud_not_registered"
    cloud_registration.register(store, SOURCE, registration(SERIAL, signatures.new_key(), PASSWORD))
    token = cloud_registration.grant(store, SOURCE, asked).token
    with store.read() as tx:
        assert cloud_registration.uploader_of(tx, token).serial == SERIAL
        assert refused(cloud_registration.site_of, tx, token) == "cloud_token_unknown"
    hashed = passwords.hash_new("another password, which is long")
    with store.write() as tx:
        old = tx.connection.execute(select(cloud_site.c.password_hash)).scalar_one()
        tx.connection.execute(update(cloud_site).values(password_hash=hashed))
        assert refused(cloud_registration.uploader_of, tx, token) == "cloud_token_unknown"
        tx.connection.execute(update(cloud_site).values(password_hash=old))
    time.forward(60 * MINUTE)
    with store.write() as tx:
        assert refused(cloud_registration.uploader_of, tx, token) == "cloud_token_unknown"


def test_a_refusal_takes_as_long_for_an_unknown_serial_number(store: Store) -> None:
    """Refused tickets and grants are not counted: how long they take must not tell that there is a site."""
    cloud_sites.add(store, console(), CloudSiteNew(serial=SERIAL, password=PASSWORD))
    cloud_registration.register(store, SOURCE, registration(SERIAL, signatures.new_key(), PASSWORD))
    now = to_datetime(0)
    document = TicketDocument(serial=SERIAL, client="0" * 16, profile="", issued=now, expires=now)
    ticket = signatures.to_token(signatures.sign(signatures.new_key(), Purpose.TICKET, document))

    def seconds(tx: Transaction, serial: str) -> float:
        began = perf_counter()
        refused(cloud_presence.holder, tx, serial, ticket)
        refused(cloud_registration.uploader_of, tx, f"vu_{serial}.{2**40}.x")
        return perf_counter() - began

    with store.read() as tx:
        taken = [(seconds(tx, SERIAL), seconds(tx, "TK-NOBODY")) for _ in range(300)]
    known, unknown = map(min, zip(*taken, strict=True))
    assert 0.75 < known / unknown < 1.33


@pytest.mark.on_both_databases
def test_packages_of_a_removed_site_and_forgotten_ones_leave_the_disk(
    store: Store, folder: Path, time: Time
) -> None:
    for serial in (SERIAL, "TK-2"):
        cloud_sites.add(store, console(), CloudSiteNew(serial=serial, password=PASSWORD))
        place = cloud_packages.folder_of(folder, serial)
        new = PackageNew(sha256=hashlib.sha256(b"x").hexdigest(), size=1, name="x")
        assert cloud_packages.begin(store, SOURCE, place, serial, new).received == 0
        coming = cloud_packages.CloudArrival(place, serial, new.sha256, 1, 0)
        coming.append(0, b"x")
        assert coming.finish(store, SOURCE).received == 1
        coming.close()
    with store.write() as tx:
        cloud_sites.remove(tx, console(), "TK-2")
    cloud_packages.sweep(store, folder)
    root = cloud_packages.folder_of(folder, SERIAL).parent
    assert [each.name for each in root.iterdir()] == [SERIAL]
    assert len(list((root / SERIAL).iterdir())) == 1
    time.forward(8 * DAY)
    cloud_packages.sweep(store, folder)
    assert list((root / SERIAL).iterdir()) == []
    with store.write() as tx:
        assert tx.connection.execute(select(cloud_package)).all() == []


def test_a_damaged_package_is_thrown_away_and_too_much_is_refused(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud_sites.add(store, console(), CloudSiteNew(serial=SERIAL, password=PASSWORD))
    place = cloud_packages.folder_of(folder, SERIAL)
    new = PackageNew(sha256=hashlib.sha256(b"right").hexdigest(), size=5, name="x")
    cloud_packages.begin(store, SOURCE, place, SERIAL, new)
    coming = cloud_packages.CloudArrival(place, SERIAL, new.sha256, 5, 0)
    coming.append(0, b"wrong")
    assert refused(coming.finish, store, SOURCE) == "package_damaged"
    coming.close()
    with store.read() as tx:
        assert refused(cloud_packages.find, tx, SERIAL, new.sha256) == "package_unknown"
    monkeypatch.setattr(cloud_packages, "SITE_LIMIT", 1024**2)

    def begin(name: str, size: int = 1) -> PackageProgress:
        new = PackageNew(sha256=hashlib.sha256(name.encode()).hexdigest(), size=size, name=name)
        return cloud_packages.begin(store, SOURCE, place, SERIAL, new)

    assert refused(begin, "large", 1024**2 + 1) == "cloud_full"
    # Files run out before bytes do, when each is as small as can be.
    assert [begin(str(number)).received for number in range(4)] == [0] * 4
    assert refused(begin, "one more") == "cloud_full"


# --- a site -----------------------------------------------------------------------------------


@pytest.mark.on_both_databases
def test_one_process_of_a_site_speaks_at_a_time(store: Store, folder: Path, time: Time) -> None:
    registered(store, folder)
    with store.write() as tx:
        assert [cloud_link.take_turn(tx, each) for each in ("a", "b", "a")] == [True, False, True]
        cloud_link.leave(tx, "b")
        assert not cloud_link.take_turn(tx, "b")
        cloud_link.leave(tx, "a")
        assert cloud_link.take_turn(tx, "b")
    time.forward(cloud_link.LEASE)
    with store.write() as tx:
        assert cloud_link.take_turn(tx, "a")


@pytest.mark.on_both_databases
def test_the_counter_only_grows_also_after_a_backup_was_restored(
    store: Store, folder: Path, time: Time
) -> None:
    plan = registered(store, folder)

    def counter() -> int:
        with store.write() as tx:
            sent = cloud_beats.beat(tx, plan, Host()).sent
        return int(signatures.read(sent.presence, dict[str, Any])["counter"])

    first, second = counter(), counter()
    assert second > first
    with store.write() as tx:
        tx.connection.execute(update(link_table).values(counter=0))
    time.forward(SECOND)
    assert counter() > second


def test_a_token_is_for_one_cloud_and_one_serial_number(store: Store, folder: Path) -> None:
    plan = registered(store, folder)
    assert plan.token is not None
    assert plan.token.reveal == "vt_token"
    assert "vt_token" not in repr(plan)
    assert PASSWORD not in repr(plan)
    with store.read() as tx:
        assert cloud_link.plan(tx, CloudAddress("https://other.example")).token is None
        assert cloud_link.plan(tx, None).missing == ("cloud_address_missing",)
    uploaded(store, folder, serial_number="TK-2")
    with store.read() as tx:
        assert cloud_link.plan(tx, CLOUD).token is None
    uploaded(store, folder, cloud=False)
    with store.read() as tx:
        assert not cloud_link.plan(tx, CLOUD).ready


@pytest.mark.on_both_databases
def test_tickets_taken_back_are_told_until_the_cloud_knows(store: Store, folder: Path, time: Time) -> None:
    anna = person(store, time)
    who = anna.who(anna.session())
    with store.write() as tx:
        assert refused(cloud_tickets.issue, tx, who, CLOUD) == "cloud_off"
    registered(store, folder)
    with store.write() as tx:
        ticket = cloud_tickets.issue(tx, who, CLOUD)
        assert ticket.expires_at == to_datetime(time.now + cloud_tickets.LIFE)
        assert cloud_tickets.untold(tx) == []
        cloud_tickets.take_back(tx, anna.client_id)
        (void,) = cloud_tickets.untold(tx)
    time.forward(1)
    with store.write() as tx:
        cloud_tickets.take_back(tx, anna.client_id)
        cloud_tickets.told(tx, [void])  # about the time before
        (void,) = cloud_tickets.untold(tx)
        cloud_tickets.told(tx, [void])
        assert cloud_tickets.untold(tx) == []
        cloud_tickets.tell_all_again(tx)
        assert cloud_tickets.untold(tx) == [void]
        # By another server, whose clock is a second behind; and the session is looked at again meanwhile.
        signed = signatures.from_token(cloud_tickets.issue(tx, who, CLOUD).ticket)
        cloud_tickets.take_back(replace(tx, now=tx.now - SECOND), anna.client_id)
        (void,) = cloud_tickets.untold(tx)
        assert void.before >= signatures.read(signed, TicketDocument).issued
        tx.connection.execute(update(client).values(enabled=False))
        assert refused(cloud_tickets.issue, tx, who, CLOUD) == "client_disabled"
    time.forward(31 * DAY)
    with store.write() as tx:
        cloud_tickets.prune(tx)
        assert tx.connection.execute(select(cloud_ticket)).all() == []


@pytest.mark.on_both_databases
def test_an_update_needs_a_way_back_and_is_handled_once(store: Store, folder: Path) -> None:
    registered(store, folder)
    private = signatures.new_key()
    with store.write() as tx:
        cloud_signers.add(tx, console(), SignerNew(name="Karin", key=signatures.public_key(private)))
        newest, now = settings.newest(tx), tx.now
        document = VersionDocument(
            serial=SERIAL,
            number=newest.number + 1,
            base=newest.number,
            at=to_datetime(now),
            note="",
            settings={**settings.of_row(newest), "location": "Bern"},
            package=None,
            profiles={},
        )
    offered = Offered(seq=1, version=signatures.sign(private, Purpose.UPDATE, document))
    with store.read() as tx:
        assert cloud_updates.judge(tx, offered, SERIAL) == ("Karin", document)
    project.keep(store, console(), Retention(versions_kept=1), folder)
    with store.write() as tx:
        assert refused(cloud_updates.judge, tx, offered, SERIAL) == "update_keeps_one"
        assert not cloud_updates.handled(tx, offered)
        cloud_updates.refuse(tx, SOURCE, offered, "Karin", "update_keeps_one")
        assert cloud_updates.handled(tx, offered)
        assert not cloud_updates.handled(tx, Offered(seq=2, version=offered.version))
        # Another process, which had hung, comes too late: the cloud is told what the first has said.
        cloud_updates.refuse(tx, SOURCE, offered, "Karin", "version_stale")
        (told,) = cloud_updates.untold(tx)
        assert (told.outcome, told.reason) == ("refused", "update_keeps_one")
        cloud_updates.told(tx, told)
        assert cloud_updates.untold(tx) == []
