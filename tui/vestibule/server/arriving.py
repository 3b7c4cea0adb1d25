"""Where a request comes from, and by which path.

A proxy's word counts only if the proxy is one that the settings name: anybody may write any header
(ASVS 15.3.4). Of ``X-Forwarded-For`` the rightmost address that no trusted proxy has is the client's; what
stands left of it was written by strangers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.types import Scope

from vestibule.models import Path
from vestibule.server.networks import LOOPBACK, PRIVATE, Address, Network, address, lies_in

_KEPT = "vestibule.arrival"
_TELLING = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"forwarded", b"via"))
"""Headers that proxies add; those that nobody named may not be believed, but give themselves away."""
_MOST_KNOWN, _LONGEST_KNOWN = 1000, 200
_HERE = "local"
"""What a source is called that has no address: the unix socket."""


@dataclass(frozen=True)
class Networks:
    """What the host's settings say of the networks around it.

    ``trusted``: proxies whose headers are believed, on the unix socket too if ``trusts_socket``.
    ``local``: from there a request is a local one, from private networks if None.
    ``cloud``: what comes by an address in there has come by the cloud. ``metrics``: who may read metrics.
    """

    trusted: tuple[Network, ...] = ()
    trusts_socket: bool = False
    local: tuple[Network, ...] | None = None
    cloud: tuple[Network, ...] = ()
    metrics: tuple[Network, ...] = ()
    known: dict[tuple[str | None, str, str, bool], Arrival] = field(
        default_factory=dict, compare=False, repr=False
    )
    """How requests came lately, by what they brought along: the same connections ask again and again."""


@dataclass(frozen=True)
class Arrival:
    """How one request came.

    ``source``: the address it counts as; None is the unix socket. ``hops``: the addresses it came by, the
    source's first. ``hidden``: it came through a proxy that nobody named, so its source is not known.
    ``unencrypted``: a trusted proxy says that it came there by plain http. ``name``: the source as it is
    written down. ``path``: by which path it came.
    """

    source: Address | None
    hops: tuple[Address, ...]
    hidden: bool = False
    unencrypted: bool = False
    name: str = _HERE
    path: Path = Path.LOCAL


NONE = Networks()


def source_of(request: Request) -> str:
    """The address a request came from; ``local`` for the unix socket."""
    return arrival_of(request.scope).name


def path_of(request: Request) -> Path:
    """The path it took: local from this machine and from the site's own networks."""
    return arrival_of(request.scope).path


def _path(arrival: Arrival, networks: Networks) -> Path:
    if networks.cloud and any(lies_in(hop, networks.cloud) for hop in arrival.hops):
        return Path.CLOUD
    if arrival.hidden:
        return Path.EXTERNAL
    if arrival.source is None or lies_in(arrival.source, LOOPBACK):
        return Path.LOCAL
    own = PRIVATE if networks.local is None else networks.local
    return Path.LOCAL if lies_in(arrival.source, own) else Path.EXTERNAL


def may_read_metrics(request: Request) -> bool:
    """Whether a request comes from this machine itself, or from where metrics may be read."""
    arrival = arrival_of(request.scope)
    if arrival.hidden:
        return False
    allowed = (*LOOPBACK, *networks_of(request.scope).metrics)
    return arrival.source is None or lies_in(arrival.source, allowed)


def networks_of(scope: Scope) -> Networks:
    """The networks of the application that answers; none are named where it was not told any."""
    networks = getattr(scope["app"].state, "networks", NONE)
    assert isinstance(networks, Networks)
    return networks


def arrival_of(scope: Scope) -> Arrival:
    """How the request of this ``scope`` came; worked out once."""
    kept = scope.get(_KEPT)
    if kept is None:
        told: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _TELLING:
                told[name] = ",".join((*filter(None, (told.get(name),)), value.decode("latin-1")))
        peer = scope.get("client")
        hops, protocols = told.get(b"x-forwarded-for", ""), told.get(b"x-forwarded-proto", "")
        brought = (peer[0] if peer else None, hops, protocols, bool(told))
        networks = networks_of(scope)
        kept = networks.known.get(brought) or _worked_out(networks, brought)
        scope[_KEPT] = kept
    assert isinstance(kept, Arrival)
    return kept


def _worked_out(networks: Networks, brought: tuple[str | None, str, str, bool]) -> Arrival:
    found = _arrival(networks, *brought)
    name = _HERE if found.source is None else str(found.source)
    found = replace(found, name=name, path=_path(found, networks))
    if len(networks.known) >= _MOST_KNOWN:
        networks.known.clear()
    if len(brought[1]) + len(brought[2]) <= _LONGEST_KNOWN:
        networks.known[brought] = found
    return found


def _arrival(networks: Networks, peer: str | None, told: str, protocols: str, forwarded: bool) -> Arrival:
    here = None if peer is None else address(peer)
    believed = networks.trusts_socket if here is None else lies_in(here, networks.trusted)
    hops = () if here is None else (here,)
    if not believed:
        return Arrival(here, hops, hidden=forwarded)
    unencrypted = protocols.rpartition(",")[2].strip().lower() == "http"
    for hop in reversed(told.split(",") if told else ()):
        found = address(hop)
        if found is None:  # "unknown", or worse
            return Arrival(here, hops, hidden=True, unencrypted=unencrypted)
        here, hops = found, (found, *hops)
        if not lies_in(found, networks.trusted):
            break
    return Arrival(here, hops, unencrypted=unencrypted)


def token_of(request: Request) -> str:
    """The bearer token of a request; empty when it has none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
