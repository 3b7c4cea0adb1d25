"""Where a request comes from: a header counts only from a proxy that was named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from vestibule.models import Path
from vestibule.server.arriving import NONE, Networks, arrival_of, may_read_metrics, path_of, source_of
from vestibule.server.networks import network

PROXY, INNER, CLOUD = "10.0.0.1", "10.0.0.2", "198.51.100.7"
NAMED = Networks(
    trusted=(network("10.0.0.0/30"), network("198.51.100.7")),
    cloud=(network("198.51.100.0/24"),),
    metrics=(network("192.168.9.9"),),
)
OWN = Networks(local=(network("100.64.0.0/10"),))
BY_SOCKET = Networks(trusts_socket=True)


def request(networks: Networks, peer: str | None, forwarded: str = "", *more: tuple[str, str]) -> Request:
    told = [("x-forwarded-for", one) for one in forwarded.split(";") if one] + list(more)
    scope: dict[str, Any] = {
        "type": "http",
        "app": SimpleNamespace(state=SimpleNamespace(networks=networks)),
        "client": None if peer is None else (peer, 40_000),
        "headers": [(name.encode(), value.encode()) for name, value in told],
    }
    return Request(scope)


@pytest.mark.parametrize(
    ("networks", "peer", "forwarded", "source", "path"),
    [
        (NONE, "127.0.0.1", "", "127.0.0.1", Path.LOCAL),
        (NONE, None, "", "local", Path.LOCAL),
        (NONE, "192.168.1.5", "", "192.168.1.5", Path.LOCAL),
        (NONE, "::ffff:192.168.1.5", "", "192.168.1.5", Path.LOCAL),
        (NONE, "fe80::1%eth0", "", "fe80::1", Path.LOCAL),
        (NONE, "203.0.113.9", "", "203.0.113.9", Path.EXTERNAL),
        # Anybody may write a header; and who comes through a proxy that nobody named is not from here.
        (NONE, "203.0.113.9", "192.168.1.5", "203.0.113.9", Path.EXTERNAL),
        (NONE, "127.0.0.1", "192.168.1.5", "127.0.0.1", Path.EXTERNAL),
        (NONE, None, "192.168.1.5", "local", Path.EXTERNAL),
        # From a named one the rightmost hop that is no proxy counts; left of it stands what strangers wrote.
        (NAMED, PROXY, "203.0.113.9", "203.0.113.9", Path.EXTERNAL),
        (NAMED, PROXY, "127.0.0.1, 203.0.113.9", "203.0.113.9", Path.EXTERNAL),
        (NAMED, PROXY, "127.0.0.1;203.0.113.9", "203.0.113.9", Path.EXTERNAL),
        (NAMED, PROXY, f"127.0.0.1, 203.0.113.9:4711, {INNER}", "203.0.113.9", Path.EXTERNAL),
        (NAMED, PROXY, "[2001:db8::9]:4711", "2001:db8::9", Path.EXTERNAL),
        (NAMED, PROXY, "192.168.1.5", "192.168.1.5", Path.LOCAL),
        (NAMED, PROXY, "192.168.1.5, unknown", PROXY, Path.EXTERNAL),
        (NAMED, PROXY, "", PROXY, Path.LOCAL),
        (NAMED, "203.0.113.9", "10.0.0.1", "203.0.113.9", Path.EXTERNAL),
        (NAMED, CLOUD, "192.168.1.5", "192.168.1.5", Path.CLOUD),
        (NAMED, PROXY, f"192.168.1.5, {CLOUD}", "192.168.1.5", Path.CLOUD),
        (NAMED, "198.51.100.8", "", "198.51.100.8", Path.CLOUD),
        (OWN, "100.64.3.4", "", "100.64.3.4", Path.LOCAL),
        (OWN, "192.168.1.5", "", "192.168.1.5", Path.EXTERNAL),
        (OWN, "127.0.0.1", "", "127.0.0.1", Path.LOCAL),
        (BY_SOCKET, None, "203.0.113.9", "203.0.113.9", Path.EXTERNAL),
    ],
)
def test_source_and_path(networks: Networks, peer: str, forwarded: str, source: str, path: Path) -> None:
    came = request(networks, peer, forwarded)
    assert (source_of(came), path_of(came)) == (source, path)


@pytest.mark.parametrize(
    ("peer", "forwarded", "allowed"),
    [
        ("127.0.0.1", "", True),
        (None, "", True),
        ("192.168.9.9", "", True),
        ("192.168.9.8", "", False),
        ("127.0.0.1", "127.0.0.1", False),
        (PROXY, "192.168.9.9", True),
        (PROXY, "203.0.113.9", False),
    ],
)
def test_who_may_read_metrics(peer: str, forwarded: str, allowed: bool) -> None:
    assert may_read_metrics(request(NAMED, peer, forwarded)) == allowed


@pytest.mark.parametrize(("peer", "believed"), [(PROXY, True), ("203.0.113.9", False)])
def test_only_a_named_proxy_says_by_which_protocol(peer: str, believed: bool) -> None:
    came = request(NAMED, peer, "203.0.113.8", ("x-forwarded-proto", "https, http"))
    assert arrival_of(came.scope).unencrypted == believed
