"""The address book, what names a site, and the order of its paths."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from vestibule.config import Folders
from vestibule.models import Addresses, ConnectionPolicy, Paths, Secret
from vestibule.remote.links import named
from vestibule.remote.route import roads
from vestibule.remote.sites import Site, Sites

HOME = "https://192.168.1.10:7550"
OUTSIDE, CLOUD = "https://haus.example.org:7550", "https://cloud.example"
TOKEN = {"reveal": "vd_1"}


def test_a_book_of_the_version_before_is_read_and_kept(here: Folders) -> None:
    here.state.mkdir(parents=True)
    info = {"site": "Haus", "version": "0", "modes": ["password"], "time_zone": "UTC"}
    before = [{"address": HOME, "info": info, "device_token": TOKEN}, {"address": "here"}]
    (here.state / "sites.json").write_text(json.dumps(before))
    book = Sites(here)
    book.use("here", datetime(2026, 1, 1, tzinfo=UTC))
    book.pin(HOME, b"certificate")
    assert [site.address for site in book.recent()] == ["here", HOME]
    site = Sites(here).get(HOME)
    assert (site.device_token, site.certificate) == (Secret("vd_1"), b"certificate")
    assert (here.state / "sites.json").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_is_known_as_long_as_one_is_there(here: Folders) -> None:
    here.state.parent.mkdir()
    here.state.write_bytes(b"")  # where a folder should be
    book = Sites(here)
    with pytest.raises(OSError):
        book.pin(HOME, b"certificate")
    assert book.get(HOME).certificate == b"certificate"
    here.state.unlink()
    book.keep_token(HOME, "vd_1")
    assert Sites(here).get(HOME) == Site(
        address=HOME, certificate=b"certificate", device_token=Secret("vd_1")
    )


@pytest.mark.parametrize(
    ("written", "address", "code"),
    [
        (" 192.168.1.10 ", HOME, ""),
        ("haus.example:443", "https://haus.example:443", ""),
        ("[fd00::1]", "https://[fd00::1]:7550", ""),
        ("http://127.0.0.1:7550/", "http://127.0.0.1:7550", ""),
        ("https://Haus.example/J/7KQM4XPT9D2H", "https://haus.example", "7KQM-4XPT-9D2H"),
        ("haus.example:7550/j/7kqm-4xpt-9d2h", "https://haus.example:7550", "7KQM-4XPT-9D2H"),
    ],
)
def test_an_address_or_a_link(written: str, address: str, code: str) -> None:
    assert named(written) == (address, code)


@pytest.mark.parametrize(
    "written", ["", "a b", "ftp://a", "https://a@b", "fd00::1", "a/b", "https://a:99999", "https://a\u202eb"]
)
def test_what_names_no_site(written: str) -> None:
    with pytest.raises(ValueError):
        named(written)


def site(policy: ConnectionPolicy, address: str = HOME, local: str | None = HOME) -> Site:
    addresses = Addresses(local=local, external=OUTSIDE, cloud=CLOUD)
    told = Paths(policy=policy, addresses=addresses, serial_number="", automatic_connection=False)
    return Site(address=address, paths=told)


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        (ConnectionPolicy.LOCAL_ONLY, ["local"]),
        (ConnectionPolicy.LOCAL_AND_CLOUD, ["local", "cloud"]),
        (ConnectionPolicy.LOCAL_REMOTE_AND_CLOUD, ["local", "external", "cloud"]),
        (ConnectionPolicy.CLOUD_ONLY, ["cloud", "local"]),
    ],
)
def test_the_policy_is_the_order_and_the_address_one_came_by_the_last_resort(
    policy: ConnectionPolicy, order: list[str]
) -> None:
    assert [road.path for road in roads(site(policy))] == order
    elsewhere = roads(site(policy, "http://10.0.0.1:7550"))[-1]
    assert (elsewhere.path, elsewhere.address) == (None, "http://10.0.0.1:7550")


@pytest.mark.parametrize("local", [None, "http://192.168.1.10:7550", "javascript:x", "https://"])
def test_only_https_is_taken_from_a_server(local: str | None) -> None:
    found = roads(site(ConnectionPolicy.LOCAL_ONLY, "https://10.0.0.1", local))
    assert [road.address for road in found] == ["https://10.0.0.1"]
