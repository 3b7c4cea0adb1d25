"""One cloud and one of its sites for the tests of a file; both behind TLS, as they would be."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cloud.parties import Party, join, serving, sites_of
from tests.sites import PASSWORD, SITE
from vestibule.access.site import create
from vestibule.config import Database
from vestibule.store.engine import IN_FILE

if TYPE_CHECKING:
    from tests.postgres import Cluster


Founding = Callable[[Path], AbstractContextManager[Database]]


@pytest.fixture(scope="module")
def founding(request: pytest.FixtureRequest) -> Founding:
    """Sets a site up: in PostgreSQL for files that say so, else in a file of the folder."""
    if not getattr(request.module, "ON_POSTGRESQL", False):
        return lambda home: nullcontext(IN_FILE)
    cluster: Cluster = request.getfixturevalue("postgres")

    @contextmanager
    def found(home: Path) -> Iterator[Database]:
        with cluster.empty() as database:
            create(home / "state", SITE, PASSWORD, "en", database=database)
            yield database

    return found


@pytest.fixture(scope="module")
def cloud(founding: Founding, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    home = tmp_path_factory.mktemp("cloud")
    with founding(home) as database, serving(home, cloud=True, secure=True, database=database) as party:
        yield party


@pytest.fixture(scope="module")
def site(cloud: Party, founding: Founding, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    """It lets itself be found and takes updates."""
    port = free_port()
    home = tmp_path_factory.mktemp("site")
    with (
        founding(home) as database,
        serving(home, secure=True, config=sites_of(cloud), port=port, database=database) as party,
    ):
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
