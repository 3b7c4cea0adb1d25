"""One cloud and one of its sites for the tests of a file; both behind TLS, as they would be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.parties import Party, join, serving, sites_of


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    with serving(tmp_path_factory.mktemp("cloud"), cloud=True, secure=True) as party:
        yield party


@pytest.fixture(scope="module")
def site(cloud: Party, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    """It lets itself be found and takes updates."""
    port = free_port()
    home = tmp_path_factory.mktemp("site")
    with serving(home, secure=True, config=sites_of(cloud), port=port) as party:
        settings = {"automatic_connection": True, "automatic_server_update": True, "client_port": port}
        join(party, cloud, more=settings | {"cloud_connection_policy": "cloud_only"})
        yield party


@pytest.fixture
def hooks(site: Party) -> Iterator[Path]:
    """The folder of the site's apply hooks, empty again afterwards."""
    folder = site.state.parent / "config" / "hooks"
    folder.mkdir(exist_ok=True)
    yield folder
    for hook in folder.iterdir():
        hook.unlink()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
