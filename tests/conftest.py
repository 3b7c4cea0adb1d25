"""Fixtures every test may use; they also keep the developer's machine out of the tests."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tests.net.servers import Servers, serving
from tests.parsed import parsed_once
from tests.sites import Place, new_site
from tests.waiting import IdleLoop, in_lane, wait_for_idle
from vestibule.config import Database

if TYPE_CHECKING:
    from tests.postgres import Cluster

ON_BOTH = "on_both_databases"

MEMORY = Path("/dev/shm")
ROOM = 2_000_000_000
"""Bytes that tests may fill at the same time, with room to spare."""


def pytest_configure(config: pytest.Config) -> None:
    """Temporary files are where nothing waits for a disk, as every commit of a site would.

    A worker gets tests that are beside each other, which share what is made for their file. Apps leave much
    behind, but to look for it as often as Python does takes a seventh of all time.
    """
    gc.set_threshold(10_000, 20, 20)
    if _has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    if config.getoption("dist", None) == "load":
        config.option.dist = "worksteal"


def _has_room(folder: Path) -> bool:
    """Whether tests can write there, and run what they have written."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(folder).free > ROOM


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": IdleLoop}


@pytest.fixture(autouse=True, scope="session")
def _pilots_wait_until_nothing_is_left_to_do() -> Iterator[None]:
    with (
        patch("textual.app.wait_for_idle", wait_for_idle),
        patch("textual.pilot.wait_for_idle", wait_for_idle),
        patch("vestibule.server.lane.Lane.run", in_lane),
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def _style_sheets_are_parsed_once() -> Iterator[None]:
    with patch("textual.css.stylesheet.Stylesheet._parse_rules", parsed_once):
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_outside_settings() -> None:
    for name in [name for name in os.environ if name.startswith("VESTIBULE_")]:
        if name != "VESTIBULE_TEST_REQUIRE":
            del os.environ[name]
    os.environ.pop("NO_COLOR", None)
    os.environ["TZ"] = "Europe/Zurich"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Real servers in processes of their own, soon started."""
    with serving() as started:
        yield started


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that are marked run twice."""
    if "place" in metafunc.fixturenames and metafunc.definition.get_closest_marker(ON_BOTH):
        metafunc.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL, of this worker's own."""
    from tests.postgres import WHY_NOT, running

    with running() as cluster:
        if cluster is None and os.environ.get("VESTIBULE_TEST_REQUIRE") == "all":
            pytest.fail(WHY_NOT)
        if cluster is None:
            pytest.skip(WHY_NOT)
        yield cluster


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """A new site, not opened yet."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return Place(new_site(tmp_path).state, Database())
    cluster: Cluster = request.getfixturevalue("postgres")
    cluster.site.renew()
    return Place(new_site(tmp_path, cluster.site.key).state, cluster.site.database)
