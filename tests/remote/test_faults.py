"""A server that dies while a package comes in: what has arrived is not sent again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.net.proxy import proxy
from tests.net.servers import Servers
from tests.sites import PASSWORD
from vestibule.config import Folders
from vestibule.models import SignIn
from vestibule.remote.connection import Connection
from vestibule.remote.errors import Unreachable

SIZE = 16 * 1024**2


async def test_a_server_killed_during_an_upload(
    here: Folders, there: Folders, servers: Servers, tmp_path: Path
) -> None:
    package = tmp_path / "project.zip"
    package.write_bytes(os.urandom(SIZE))
    server = servers.start(there.state)
    async with proxy(server.port) as between:
        connection = Connection(here, f"http://127.0.0.1:{between.port}")
        await connection.connect()
        await connection.sign_in(SignIn(mode="password", username="service", password=PASSWORD))

        def kill_once_some_is_there(_done: int, _whole: int) -> None:
            if any(part.stat().st_size for part in (there.state / "packages").glob("*.part")):
                server.kill()

        with pytest.raises(Unreachable):
            await connection.api.upload_package(package, kill_once_some_is_there)
        between.to = servers.start(there.state).port
        went_on: list[int] = []
        whole = await connection.api.upload_package(package, lambda done, _whole: went_on.append(done))
        assert went_on[0] > 0
        assert (went_on[-1], whole.received) == (SIZE, SIZE)
        await connection.close()
