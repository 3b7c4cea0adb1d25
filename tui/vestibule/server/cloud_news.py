"""Tells waiting sites of versions offered to them: each hears of its own only.

A bell for all would wake a thousand sites at each heartbeat of one. What other processes of the cloud take
in is found by one question to the database for all sites together.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from anyio import to_thread
from msgspec import Meta, Struct
from sqlalchemy import BigInteger, bindparam, select
from starlette.requests import Request
from starlette.responses import Response

from vestibule.access import cloud_registration, cloud_versions
from vestibule.access.cloud_presence import LOOKS
from vestibule.access.rate import Meter
from vestibule.access.refused import Refused
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import CloudNews
from vestibule.server.arriving import token_of
from vestibule.server.own_address import own_address
from vestibule.store.clock import SECOND
from vestibule.store.cloud_schema import cloud_offer
from vestibule.store.engine import Store
from vestibule.store.errors import StoreError
from vestibule.store.prepared import Prepared

if TYPE_CHECKING:
    from vestibule.server.app import Server

_RECENT = 30 * SECOND
"""Several servers' clocks agree to a second or so."""
LOOK_SECONDS = 2.0
"""How often offers taken in by other processes are looked for."""

_offers = Prepared(
    select(cloud_offer.c.serial, cloud_offer.c.seq).where(
        cloud_offer.c.at >= bindparam("since", type_=BigInteger)
    )
)


class NewsQuery(Struct, forbid_unknown_fields=True):
    """``after``: the last offer known. ``wait``: seconds to wait while it is still the last."""

    after: Annotated[int, Meta(ge=0, le=2**31)] = 0
    wait: Annotated[float, Meta(ge=0, le=25)] = 0.0


class NewsBell:
    """Who waits for news of which site."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._seen: set[tuple[str, int]] = set()
        self.rung = 0
        """How often anybody was told anything."""
        self.closed = False

    def ring_from_thread(self, serial: str) -> None:
        """Something was offered to this site; called from a worker thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring, serial)

    def close(self) -> None:
        """Answer all who wait: the server stops."""
        self.closed = True
        for serial in list(self._waiting):
            self._ring(serial)
        if self._looking is not None:
            self._looking.cancel()

    def listen(self, serial: str) -> asyncio.Event:
        """An event that is set when something is offered to the site; give it back with :meth:`leave`."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting[serial].add(event)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_for_others())
        return event

    def leave(self, serial: str, event: asyncio.Event) -> None:
        """Stop waiting."""
        self._waiting[serial].discard(event)
        if not self._waiting[serial]:
            del self._waiting[serial]

    def _ring(self, serial: str) -> None:
        self.rung += 1
        for event in self._waiting.get(serial, ()):
            event.set()

    async def _look_for_others(self) -> None:
        while self._waiting and not self.closed:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                for serial in await to_thread.run_sync(self._offered):
                    self._ring(serial)
            except StoreError:
                continue  # those who wait ask again by themselves

    def _offered(self) -> list[str]:
        with self._store.read() as tx:
            rows = _offers.all(tx.connection, since=tx.now - _RECENT)
        offered, self._seen = self._seen, {(row.serial, row.seq) for row in rows}
        return [serial for serial, _seq in self._seen - offered]


@dataclass
class CloudPart:
    """What a server has to do with clouds: its own, and those it is the cloud of."""

    news: NewsBell
    serving: bool = False
    """Whether it is the cloud of others."""
    address: CloudAddress | None = None
    """Its own cloud."""
    trouble: str = ""
    """What is wrong with the host's settings for it."""
    relay: str = ""
    """Where clients reach this server from anywhere; empty when there is no such place."""
    looks: Meter = field(default_factory=lambda: Meter(LOOKS))
    """How often sites are looked for."""
    certificate: str = ""
    """The fingerprint of the certificate that the server shows by itself, 64 hexadecimal digits."""
    everywhere: bool = False
    """Whether the server listens on all addresses of its machine, so that the one it has now is right."""

    @property
    def local(self) -> str:
        """The address this machine has now, where that may be told; else empty."""
        return own_address() if self.everywhere else ""


async def get_news(server: Server, request: Request) -> Response:
    """Answer when another offer than the one known is the last, or when the wait is over."""
    try:
        query = msgspec.convert(dict(request.query_params), NewsQuery, strict=False)
    except msgspec.ValidationError as error:
        raise Refused("invalid", detail=str(error)) from None
    look = partial(_look, server, token_of(request))
    deadline = asyncio.get_running_loop().time() + query.wait
    bell = server.cloud.news
    while True:
        rung = bell.rung
        serial, news = await server.crew.run(look)
        left = deadline - asyncio.get_running_loop().time()
        if news.offer != query.after or left <= 0 or bell.closed:
            break
        event = bell.listen(serial)
        try:
            # Whoever was told something while this one was not listening yet: it looks again.
            if bell.rung == rung:
                await asyncio.wait_for(event.wait(), left)
        except TimeoutError:
            break
        finally:
            bell.leave(serial, event)
    return Response(msgspec.json.encode(news), 200, {"Cache-Control": "no-store"}, "application/json")


def _look(server: Server, token: str) -> tuple[str, CloudNews]:
    with server.store.read() as tx:
        site = cloud_registration.site_of(tx, token)
        return site.serial, cloud_versions.news(tx, site.serial)
