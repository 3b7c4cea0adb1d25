"""Who is asked for two factors, and what somebody who has still to set one up may do."""

from __future__ import annotations

import itertools
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.access.people import Time, person
from vestibule.access import clients, policy, requirements
from vestibule.access.host_settings import load_host_settings
from vestibule.access.principal import Principal, console
from vestibule.access.refused import Refused
from vestibule.models import ClientFields, Kind, Strength
from vestibule.store.engine import Store
from vestibule.two_factor_models import PolicyChange


def switch(store: Store, **switches: bool) -> None:
    with store.write() as tx:
        policy.change(tx, console(), PolicyChange(**switches), gateway=True)


def is_asked(store: Store, client_id: str) -> bool:
    with store.read() as tx:
        return clients.get(tx, client_id, "").asked


@pytest.mark.parametrize(
    ("totp", "internal", "external", "own"), list(itertools.product([False, True], repeat=4))
)
def test_asked_is_what_the_policy_says(
    store: Store, totp: bool, internal: bool, external: bool, own: bool
) -> None:
    time = Time(store)
    staff, guest = person(store, time, "anna"), person(store, time, "guest", Kind.EXTERNAL)
    with store.write() as tx:
        for one in (staff, guest):
            clients.edit(tx, console(), one.client_id, ClientFields(require_two_factors=own), "")
    switch(store, totp_enabled=totp, internal=internal, external=external)
    assert is_asked(store, staff.client_id) == (totp and (internal or own))
    assert is_asked(store, guest.client_id) == (totp and (external or own))


def test_whoever_set_a_factor_up_is_asked_without_any_policy(store: Store) -> None:
    anna = person(store, Time(store))
    anna.enrol()
    assert is_asked(store, anna.client_id)


@pytest.mark.on_both_databases
def test_who_has_still_to_enrol_may_only_enrol(store: Store) -> None:
    anna = person(store, Time(store))
    before = anna.session()
    switch(store, totp_enabled=True, internal=True)
    for opened in (before, anna.session()):
        who = anna.who(opened)
        assert who.enrolling
        with pytest.raises(Refused, match="enrolment_needed"):
            who.need_more_than_enrolment()
    assert anna.session().strength is Strength.ENROLMENT
    anna.enrol()
    assert anna.opened is not None
    assert not anna.who(anna.opened).enrolling
    assert anna.opened.strength is Strength.TWO_FACTOR


@pytest.mark.on_both_databases
def test_the_policy_says_beforehand_how_many_it_will_ask(store: Store) -> None:
    time = Time(store)
    for name in ("anna", "ben"):
        person(store, time, name)
    person(store, time, "guest", Kind.EXTERNAL)
    own = person(store, time, "own", Kind.EXTERNAL)
    own.enrol()
    with store.read() as tx:
        shown = policy.show(tx, [], "")
    # Two of the staff and the service account; nobody is asked while TOTP is off.
    assert (shown.asked, shown.would_ask) == (1, {"totp_enabled": 0, "internal": 0, "external": 0})
    switch(store, internal=True, external=True)
    with store.read() as tx:
        assert policy.show(tx, [], "").would_ask == {"totp_enabled": 4}
    switch(store, totp_enabled=True, external=False)
    with store.read() as tx:
        shown = policy.show(tx, [], "")
    assert (shown.asked, shown.would_ask) == (4, {"external": 1})


def test_switching_needs_an_admin_who_has_just_signed_in_and_sms_a_gateway(store: Store) -> None:
    anna = person(store, Time(store))
    guest = anna.who(anna.session())
    tired = Principal("x", "192.0.2.1", admin=True)
    with store.write() as tx:
        with pytest.raises(Refused, match="admin_needed"):
            policy.change(tx, guest, PolicyChange(internal=True), gateway=True)
        with pytest.raises(Refused, match="reauthentication_needed"):
            policy.change(tx, tired, PolicyChange(internal=True), gateway=True)
        with pytest.raises(Refused, match="sms_not_set_up"):
            policy.change(tx, console(), PolicyChange(sms_enabled=True), gateway=False)


# --- what it needs ----------------------------------------------------------------------------


@contextmanager
def time_server(ahead: float) -> Iterator[str]:
    """A real one, over UDP, that is ``ahead`` of this machine by some seconds."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve() -> None:
        request, sender = line.recvfrom(512)
        now = time.time() + ahead + 2_208_988_800
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        line.sendto(b"\x24\x02\x00\x00" + bytes(20) + request[40:48] + stamp + stamp, sender)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{line.getsockname()[1]}"
    finally:
        thread.join(5)
        line.close()


@pytest.mark.parametrize(("ahead", "met", "reason"), [(0.0, True, "ok"), (12.0, False, "clock_off")])
def test_the_clock_is_compared_with_its_source(ahead: float, met: bool, reason: str) -> None:
    with time_server(ahead) as source:
        found = requirements.clock(source, 0)
    assert (found.met, found.reason) == (met, reason)
    assert abs(float(found.detail) + ahead) < 1


def test_a_time_source_that_does_not_answer_leaves_it_unknown() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        found = requirements.clock(f"127.0.0.1:{silent.getsockname()[1]}", 0)
    assert (found.met, found.reason) == (None, "clock_unknown")


def test_the_vault_key_must_be_there_and_private(store: Store, tmp_path: Path) -> None:
    assert requirements.vault_key(store).met
    key = tmp_path / "state" / "vault.key"
    key.chmod(0o644)
    assert requirements.vault_key(store).reason == "files_loose"
    key.unlink()
    assert requirements.vault_key(store).reason == "key_missing"


def test_the_tables_are_those_of_this_version(store: Store) -> None:
    with store.read() as tx:
        assert requirements.version(tx).met


@pytest.mark.parametrize(
    ("config", "met", "reason"),
    [
        ("", False, "sms_not_set_up"),
        ('[sms]\nkind = "pigeon"\n', False, "sms_config_wrong"),
        ('[sms]\nkind = "file"\npath = "/proc/nothing/there"\n', False, "sms_silent"),
    ],
)
def test_the_gateway_is_asked(tmp_path: Path, config: str, met: bool, reason: str) -> None:
    (tmp_path / "config.toml").write_text(config)
    host = load_host_settings(tmp_path)
    found = requirements.sms_gateway(host.gateway, host.gateway_trouble, used=True)
    assert (found.met, found.reason) == (met, reason)


def test_a_time_source_is_read_from_the_hosts_config(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[time]\nsource = "ntp.example.org"\n')
    assert load_host_settings(tmp_path).time_source == "ntp.example.org"
    (tmp_path / "config.toml").write_text("[time]\nsource = 3\n")
    host = load_host_settings(tmp_path)
    found = requirements.clock(host.time_source, 0, host.time_trouble)
    assert (found.met, found.reason) == (None, "time_config_wrong")
    assert str(found.fault) == "[time] source: empty"
