"""The way to a site: which paths are tried in which order, and the first that leads there.

Nothing is sent over a path before its certificate is accepted, and no path waits for a dead one.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import httpx

from vestibule.i18n import _
from vestibule.models import ConnectionPolicy, Path, Paths, ServerInfo
from vestibule.remote.api import Api
from vestibule.remote.errors import ApiProblem, CertificateProblem, Failure, NoPath, Unreachable
from vestibule.remote.race import first_good
from vestibule.remote.reasons import reason
from vestibule.remote.resolving import addresses
from vestibule.remote.sites import Site, address_of
from vestibule.remote.trust import Trust, is_refusal, shown_by

PATIENCE = 8.0
"""Seconds for one path, over a bad line too."""
ORDER: Final[Mapping[ConnectionPolicy, Sequence[Path]]] = {
    ConnectionPolicy.LOCAL_ONLY: (Path.LOCAL,),
    ConnectionPolicy.LOCAL_AND_CLOUD: (Path.LOCAL, Path.CLOUD),
    ConnectionPolicy.LOCAL_REMOTE_AND_CLOUD: (Path.LOCAL, Path.EXTERNAL, Path.CLOUD),
    ConnectionPolicy.CLOUD_ONLY: (Path.CLOUD,),
}
_PORTS = {"https": 443, "http": 80}
_KEPT = httpx.Limits(keepalive_expiry=12.0)
"""Seconds: the server ends idle connections a little later, perhaps while a question is on its way."""
_DEAD = 12
"""Seconds after which a connection on which nothing comes through counts as dead, by Linux (tcp(7))."""
_MINDED: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _DEAD // 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _DEAD // 6),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD * 1000),
)


@dataclass(frozen=True)
class Road:
    """One way that may lead to the server."""

    path: Path | None
    """None for an address that somebody typed and that the server has not named."""
    address: str


@dataclass(frozen=True)
class Way:
    """A road that led to the server."""

    road: Road
    api: Api
    info: ServerInfo


def roads(site: Site) -> list[Road]:
    """The roads to ``site``, the first to be tried first; the address it was added by comes last."""
    known = told(site.paths) if site.paths is not None else {}
    if seen := _seen(site):
        known[Path.CLOUD] = seen
    policy = site.paths.policy if site.paths is not None else None
    found = [Road(path, known[path]) for path in (ORDER[policy] if policy else ()) if path in known]
    if site.address not in [road.address for road in found]:
        path = next((path for path, address in known.items() if address == site.address), None)
        found.append(Road(path, site.address))
    return found


def told(paths: Paths) -> dict[Path, str]:
    """What a server said of its addresses; nothing but https is taken from it."""
    said = paths.addresses
    found: dict[Path, str] = {}
    for path, written in ((Path.LOCAL, said.local), (Path.EXTERNAL, said.external), (Path.CLOUD, said.cloud)):
        try:
            address = address_of(written or "")
        except ValueError:
            continue
        if address.startswith("https://"):
            found[path] = address
    return found


def _seen(site: Site) -> str:
    """Where its cloud has seen it: the path through a cloud without a relay, to who is known already."""
    if site.paths is None or site.paths.addresses.cloud or site.certificate is None:
        return ""
    return site.seen_at


async def find(site: Site, patience: float = PATIENCE) -> Way:
    """The best way to ``site`` that is open now. Closing its ``api`` is up to the caller.

    Raises CertificateProblem when all that is missing is that somebody accepts a certificate, otherwise
    Unreachable, NoPath where there were several roads, or ApiProblem when a server was there and refused.
    """
    found = roads(site)
    trust = Trust(site.certificate, frozenset({site.address, _seen(site)}))
    try:
        return await first_good([partial(_go, road, trust, patience) for road in found], _discard)
    except ExceptionGroup as failed:
        raise _told_why(found, failed.exceptions) from failed


def _told_why(tried: Sequence[Road], errors: Sequence[Exception]) -> Exception:
    for kind in (CertificateProblem, ApiProblem):
        for error in errors:
            if isinstance(error, kind):
                return error
    if len(tried) == 1:
        return errors[0]
    pairs = zip(tried, errors, strict=True)
    return NoPath([Failure(road.path, road.address, str(error)) for road, error in pairs])


async def _discard(way: Way) -> None:
    await way.api.close()


# --- one road ---------------------------------------------------------------------------------


async def _go(road: Road, trust: Trust, patience: float) -> Way:
    """Raises ApiProblem or Unreachable."""
    parts = urlsplit(road.address)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    late = _("its name was not found in time")
    try:
        async with asyncio.timeout(patience):
            hosts = await addresses(host, port)
            late = _("no answer in time")
            return await first_good([partial(_knock, road, each, port, trust) for each in hosts], _discard)
    except TimeoutError:
        raise Unreachable(late) from None
    except httpx.InvalidURL:
        raise Unreachable(_("this address cannot be used")) from None
    except ExceptionGroup as failed:
        unaccepted = (error for error in failed.exceptions if isinstance(error, CertificateProblem))
        raise next(unaccepted, failed.exceptions[-1]) from None


async def _knock(road: Road, host: str, port: int, trust: Trust) -> Way:
    """Ask the server at one address who it is."""
    if not road.address.startswith("https://"):
        return await _ask(road, _Direct(host, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))  # which is not used
    for context in await trust.contexts(road.address, road.path):
        try:
            return await _ask(road, _Direct(host, context))
        except Unreachable as error:
            if not is_refusal(error):
                raise
    try:
        shown = await shown_by(host, port, urlsplit(road.address).hostname or host)
    except OSError as error:
        raise Unreachable(reason(error)) from error
    raise trust.refusal(road.address, shown)


async def _ask(road: Road, transport: httpx.AsyncBaseTransport) -> Way:
    api = Api(transport, road.address)
    try:
        return Way(road, api, await api.server())
    except BaseException:
        await api.close()
        raise


class _Direct(httpx.AsyncBaseTransport):
    """Goes to one address of the host that a request names, and asks there for that name.

    httpx would look the name up in asyncio's own threads, for which the program's end would have to wait.
    """

    def __init__(self, host: str, context: ssl.SSLContext) -> None:
        self._host = host
        self._inner = httpx.AsyncHTTPTransport(verify=context, limits=_KEPT, socket_options=_MINDED)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The name stays in the header Host and in the handshake."""
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host=self._host)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._inner.aclose()
