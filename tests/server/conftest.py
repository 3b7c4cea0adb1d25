"""The API in process over a real site; every answer is checked against the served OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.sites import PASSWORD, Place, new_site
from vestibule.server.app import Server, background, create_app
from vestibule.server.events import Bell
from vestibule.server.openapi import document
from vestibule.server.routes import CLOUD_OPERATIONS, OPERATIONS
from vestibule.store.engine import open_store

_DOCUMENT = document((*OPERATIONS, *CLOUD_OPERATIONS))


def check_against_document(method: str, path: str, response: httpx.Response) -> None:
    """Fail unless the answer is one that the OpenAPI document promises for this operation."""
    for template, operations in _DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", template), path) and method.lower() in operations:
            promised = operations[method.lower()]["responses"]
            assert str(response.status_code) in promised, (method, path, response.status_code)
            _check_body(promised[str(response.status_code)], response)


def _check_body(promised: dict[str, Any], response: httpx.Response) -> None:
    if "content" not in promised:
        assert response.content == b""
        return
    content_type = response.headers["content-type"]
    schema = {**promised["content"][content_type]["schema"], "components": _DOCUMENT["components"]}
    jsonschema.validate(response.json(), schema, format_checker=jsonschema.FormatChecker())


async def _check(response: httpx.Response) -> None:
    await response.aread()
    check_against_document(response.request.method, response.request.url.path, response)


@asynccontextmanager
async def serving(
    home: Path, config: Path | None = None, place: Place | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A new site in ``home``, or that in ``place``.

    With a ``config`` folder also what runs in the background.
    """
    store = place.open() if place is not None else open_store(new_site(home).state)
    server = Server(store, "https://gateway:7550", Bell(store.changes()), config)
    transport = httpx.ASGITransport(create_app(server), raise_app_exceptions=False)
    hooks = {"response": [_check]}
    async with AsyncExitStack() as stack:
        if config is not None:
            await stack.enter_async_context(background(server))
        client = httpx.AsyncClient(transport=transport, base_url="http://site", event_hooks=hooks)
        yield await stack.enter_async_context(client)
    if config is None:
        server.bell.close()
    store.close()


@pytest.fixture
async def api(tmp_path: Path, place: Place) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not signed in."""
    async with serving(tmp_path, place=place) as client:
        yield client


@pytest.fixture
async def admin(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service account, just signed in by password."""
    body = {"mode": "password", "username": "service", "password": PASSWORD}
    session = (await api.post("/v1/sessions", json=body)).json()
    api.headers["Authorization"] = f"Bearer {session['token']}"
    return api
