"""A session that gets a new token goes on for whoever was asking at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.sites import PASSWORD, new_site
from vestibule.models import SignIn
from vestibule.remote.embedded import open_site
from vestibule.remote.errors import ApiProblem


async def test_questions_on_their_way_are_asked_again(tmp_path: Path) -> None:
    async with open_site(new_site(tmp_path), "") as api:
        await api.sign_in(SignIn(mode="password", username="service", password=PASSWORD))

        async def ask() -> None:
            for _ in range(10):
                assert (await api.me()).client.service

        async def renew() -> None:
            for _ in range(3):
                await api.reauthenticate(PASSWORD)

        await asyncio.gather(*(ask() for _ in range(8)), renew())
        waiting = asyncio.create_task(api.events((await api.events(0, 0)).last, 5))
        await asyncio.sleep(0.05)
        await api.reauthenticate(PASSWORD)
        await waiting


async def test_nothing_is_asked_again_as_somebody_else(tmp_path: Path) -> None:
    async with open_site(new_site(tmp_path), "") as api:
        await api.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
        waiting = asyncio.create_task(api.events((await api.events(0, 0)).last, 5))
        await asyncio.sleep(0.05)
        await api.sign_out()
        await api.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
        with pytest.raises(ApiProblem, match="session_ended"):
            await waiting
