"""How a site's server asks its cloud: only at the configured address, no redirects, bounded answers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TypeAlias, TypeVar

import httpx
import msgspec

from vestibule import pinned
from vestibule.access.cloud_beats import Copy
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import (
    CloudNews,
    Heartbeat,
    Offered,
    OfferOutcome,
    Registered,
    Registration,
)
from vestibule.models import PackageInfo, PackageNew, PackageProgress, Problem

R = TypeVar("R")
Body: TypeAlias = msgspec.Struct | AsyncIterator[bytes]
ANSWER_LIMIT = 1024**2
"""Bytes of an answer that is no package."""
RETRY_LIMIT = 3600
"""Seconds after which a cloud is asked again, however long it says it should be left alone."""
ANSWER_SECONDS = 60.0
"""For a whole answer, however slowly it drips."""
WAIT = 25
_TIMEOUT = httpx.Timeout(10.0, read=40.0)
_PACKAGE_TIMEOUT = httpx.Timeout(10.0, read=300.0, write=60.0)
_SILENT = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError)


class CloudTrouble(Exception):
    """The cloud cannot be spoken with, or says no; ``code`` is a problem code."""

    def __init__(self, code: str, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class CloudCaller:
    """A connection to one cloud. ``token`` is the site's, once it has registered."""

    def __init__(self, cloud: CloudAddress) -> None:
        self._cloud = cloud
        self._stack = AsyncExitStack()
        self._http: httpx.AsyncClient | None = None
        self.token = ""

    async def __aenter__(self) -> CloudCaller:
        """Raises CloudTrouble when the cloud shows another certificate than it should."""
        # No proxy and no certificates from the environment: what config.toml names is meant.
        client = httpx.AsyncClient(
            base_url=self._cloud.url,
            verify=await asyncio.to_thread(self._trust),
            timeout=_TIMEOUT,
            headers={"Accept-Encoding": "identity"},  # and counted as it comes
            follow_redirects=False,
            trust_env=False,
        )
        self._http = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def _trust(self) -> ssl.SSLContext:
        if not self._cloud.fingerprint:
            return ssl.create_default_context()
        url = httpx.URL(self._cloud.url)
        try:
            return pinned.context(url.host, url.port or 443, self._cloud.fingerprint)
        except pinned.CertificateDiffersError:
            raise CloudTrouble("cloud_certificate_differs") from None
        except OSError:
            raise CloudTrouble("cloud_unreachable") from None

    async def register(self, asked: Registration) -> str:
        """The token that the site has from now on."""
        return (await self._ask("POST", "/v1/cloud/registrations", Registered, asked)).token

    async def beat(self, heartbeat: Heartbeat) -> CloudNews:
        """Say where the site is."""
        return await self._ask("PUT", "/v1/cloud/site", CloudNews, heartbeat)

    async def news(self, offer: int) -> CloudNews:
        """Wait until another offer than ``offer`` is the last."""
        return await self._ask("GET", f"/v1/cloud/site/news?after={offer}&wait={WAIT}", CloudNews)

    async def keep(self, copy: Copy) -> CloudNews:
        """Leave a version whose packages are there."""
        return await self._ask("PUT", f"/v1/cloud/site/versions/{copy.number}", CloudNews, copy.sent)

    async def offer(self) -> Offered:
        """The last version offered."""
        return await self._ask("GET", "/v1/cloud/site/offer", Offered)

    async def settle(self, outcome: OfferOutcome) -> CloudNews:
        """Say what came of an offer."""
        return await self._ask("PUT", "/v1/cloud/site/offer", CloudNews, outcome)

    async def announce(self, info: PackageInfo) -> PackageProgress:
        """How much of a package the cloud has."""
        new = PackageNew(sha256=info.sha256, size=info.size, name=info.name)
        return await self._ask("POST", "/v1/cloud/site/packages", PackageProgress, new)

    async def append(self, sha256: str, offset: int, pieces: AsyncIterator[bytes]) -> PackageProgress:
        """Send the rest of a package."""
        path = f"/v1/cloud/site/packages/{sha256}?offset={offset}"
        return await self._ask("PATCH", path, PackageProgress, pieces)

    async def package(self, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """The rest of a package, in pieces."""
        headers = self._headers() | {"Range": f"bytes={offset}-"}
        path = f"/v1/cloud/site/packages/{sha256}"
        try:
            async with self._client.stream("GET", path, headers=headers, timeout=_PACKAGE_TIMEOUT) as answer:
                if answer.status_code != 206:
                    raise _trouble(answer.status_code, await _bounded(answer))
                async for piece in answer.aiter_raw(ANSWER_LIMIT):
                    yield piece
        except _SILENT:
            raise CloudTrouble("cloud_unreachable") from None

    @property
    def _client(self) -> httpx.AsyncClient:
        assert self._http is not None
        return self._http

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def _ask(
        self,
        method: str,
        path: str,
        shape: type[R],
        body: msgspec.Struct | AsyncIterator[bytes] | None = None,
    ) -> R:
        is_package = body is not None and not isinstance(body, msgspec.Struct)
        content = msgspec.json.encode(body) if isinstance(body, msgspec.Struct) else body
        patience = _PACKAGE_TIMEOUT if is_package else _TIMEOUT
        try:
            async with (
                asyncio.timeout(None if is_package else ANSWER_SECONDS),
                self._client.stream(
                    method, path, content=content, headers=self._headers(), timeout=patience
                ) as answer,
            ):
                said = await _bounded(answer)
        except _SILENT:
            raise CloudTrouble("cloud_unreachable") from None
        if not answer.is_success:
            raise _trouble(answer.status_code, said)
        try:
            return msgspec.json.decode(said, type=shape)
        except msgspec.MsgspecError:
            raise CloudTrouble("cloud_strange") from None


async def _bounded(answer: httpx.Response) -> bytes:
    said = bytearray()
    async for piece in answer.aiter_raw():
        said += piece
        if len(said) > ANSWER_LIMIT:
            raise CloudTrouble("cloud_strange")
    return bytes(said)


def _trouble(status: int, said: bytes) -> CloudTrouble:
    """What a refusal means. A code that we do not know is somebody else's."""
    from vestibule.access.refused import PROBLEMS

    try:
        problem = msgspec.json.decode(said, type=Problem)
    except msgspec.MsgspecError:
        return CloudTrouble("cloud_unreachable" if status >= 500 else "cloud_strange")
    patience = min(problem.retry_after or 0, RETRY_LIMIT)
    if status >= 500:  # what is wrong there is not wrong here
        return CloudTrouble("cloud_unreachable", patience)
    code = problem.code if problem.code in PROBLEMS else "cloud_strange"
    return CloudTrouble("cloud_strange" if code == "not_found" else code, patience)
