"""Something strange where a cloud should be, and what sites, uploaders and clients make of it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.cloud.claimed import registration
from tests.cloud.parties import SERIAL, Party, running
from vestibule import signatures
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import CloudNews, Heartbeat, Signed, SiteAddresses, VersionDocument
from vestibule.remote import cloud as remote_cloud
from vestibule.remote import cloud_upload
from vestibule.remote.cloud_upload import Changes, UploadCloud
from vestibule.remote.errors import Unreachable
from vestibule.server.cloud_caller import RETRY_LIMIT, CloudCaller, CloudTrouble


class Strange:
    """Answers at an address where a cloud should be."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        routes = [
            Route("/v1/cloud/registrations", self.redirect, methods=["POST"]),
            Route("/v1/cloud/site", self.endless, methods=["PUT"]),
            Route("/v1/cloud/site/offer", self.page),
            Route("/elsewhere", self.page, methods=["GET", "POST"]),
            Route("/v1/cloud/site/news", self.packed),
            Route("/v1/cloud/sites/{serial}/addresses", self.packed),
            Route("/v1/cloud/sites/{serial}/project/package", self.endless),
        ]
        self.app = Starlette(routes=routes)

    async def redirect(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return RedirectResponse("/elsewhere", 307)

    async def endless(self, request: Request) -> Response:
        self.asked.append(request.url.path)

        async def more() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0)

        return StreamingResponse(more())

    async def packed(self, request: Request) -> Response:
        """Right for whoever unpacks it; others say that much in far fewer bytes than they ask to be kept."""
        news = CloudNews(offer=1, waiting=False, held=1)
        where = SiteAddresses(key="", presence=Signed(document="", signature=""), seen_from="")
        said = news if request.url.path.endswith("news") else where
        twice = gzip.compress(gzip.compress(msgspec.json.encode(said)))
        return Response(twice, headers={"Content-Encoding": "gzip, gzip"})

    async def page(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return Response("<html>Welcome</html>", media_type="text/html")


async def test_the_agent_follows_no_redirect_and_swallows_no_endless_answer() -> None:
    strange, nothing = Strange(), Signed(document="", signature="")
    with running(uvicorn.Config(strange.app, port=0, log_level="critical")) as url:
        async with CloudCaller(CloudAddress(url)) as caller:
            for call in (
                caller.register(registration(SERIAL, signatures.new_key(), "x")),
                caller.beat(Heartbeat(presence=nothing, voids=nothing)),
                caller.offer(),
            ):
                with pytest.raises(CloudTrouble, match="cloud_strange"):
                    await call
    assert strange.asked == ["/v1/cloud/registrations", "/v1/cloud/site", "/v1/cloud/site/offer"]


async def test_nothing_is_unpacked_and_no_more_kept_than_was_asked_for() -> None:
    """3 kB of gzip in gzip became 4 GB."""
    with running(uvicorn.Config(Strange().app, port=0, log_level="critical")) as url:
        async with CloudCaller(CloudAddress(url)) as caller:
            with pytest.raises(CloudTrouble, match="cloud_strange"):
                await caller.news(0)
        async with remote_cloud.opened(url) as client:
            with pytest.raises(Unreachable):
                await client.addresses(SERIAL)


async def test_a_cloud_cannot_have_another_package_signed_than_was_sent(tmp_path: Path) -> None:
    evil, signed_for = hashlib.sha256(b"evil").hexdigest(), []

    async def begin(request: Request) -> Response:
        asked = await request.json()
        mine = {"sha256": asked["sha256"], "size": asked["size"], "received": 0}
        return JSONResponse({"sha256": evil, "size": 4, "received": 4} if asked["name"] == "now" else mine)

    async def append(request: Request) -> Response:
        await request.body()
        return JSONResponse({"sha256": evil, "size": 4, "received": 4})

    async def offer(request: Request) -> Response:
        signed_for.append(await request.body())
        return Response(status_code=500)

    routes = [
        Route("/v1/cloud/site/packages", begin, methods=["POST"]),
        Route("/v1/cloud/site/packages/{sha256}", append, methods=["PATCH"]),
        Route("/v1/cloud/uploads/offer", offer, methods=["PUT"]),
    ]
    newest = VersionDocument(SERIAL, 1, 0, datetime.now(UTC), "", {}, None, {})
    with running(uvicorn.Config(Starlette(routes=routes), port=0, log_level="critical")) as url:
        for name in ("now", "later"):
            (tmp_path / name).write_bytes(b"good")
            async with remote_cloud.opened(url, kind=UploadCloud) as there:
                assert isinstance(there, UploadCloud)
                changes = Changes(package=tmp_path / name)
                with pytest.raises(Unreachable):
                    await cloud_upload.offer(there, newest, changes, signatures.new_key())
    assert signed_for == []


async def test_no_word_of_a_cloud_keeps_its_site_silent_for_good() -> None:
    """Neither a token that no header can hold, nor a number that no row can, nor an endless wait."""

    async def register(_request: Request) -> Response:
        return JSONResponse({"token": "vt_\u00e9"}, 201)

    async def beat(_request: Request) -> Response:
        return JSONResponse({**problem, "retry_after": 10**12}, 429)

    async def news(_request: Request) -> Response:
        return JSONResponse({"offer": 0, "waiting": False, "held": 10**30})

    problem = {"type": "about:blank", "title": "", "status": 429, "code": "too_many_attempts"}
    nothing = Signed(document="", signature="")
    routes = [
        Route("/v1/cloud/registrations", register, methods=["POST"]),
        Route("/v1/cloud/site", beat, methods=["PUT"]),
        Route("/v1/cloud/site/news", news),
    ]
    with running(uvicorn.Config(Starlette(routes=routes), port=0, log_level="critical")) as url:
        async with CloudCaller(CloudAddress(url)) as caller:
            with pytest.raises(CloudTrouble, match="cloud_strange"):
                await caller.register(registration(SERIAL, signatures.new_key(), "x"))
            with pytest.raises(CloudTrouble, match="cloud_strange"):
                await caller.news(0)
            with pytest.raises(CloudTrouble, match="too_many_attempts") as trouble:
                await caller.beat(Heartbeat(presence=nothing, voids=nothing))
            assert trouble.value.retry_after == RETRY_LIMIT


async def test_another_certificate_is_sent_nothing(cloud: Party) -> None:
    asked = registration(SERIAL, signatures.new_key(), "x")
    with pytest.raises(CloudTrouble, match="cloud_certificate_differs"):
        async with CloudCaller(CloudAddress(cloud.url, "0" * 64)):
            pass
    # Without a fingerprint only an authority's certificate is taken.
    async with CloudCaller(CloudAddress(cloud.url)) as caller:
        with pytest.raises(CloudTrouble, match="cloud_unreachable"):
            await caller.register(asked)
