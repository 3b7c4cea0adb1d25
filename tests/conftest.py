"""Fixtures every test may use; they also keep the developer's machine out of the tests."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.parsed import parsed_once
from tests.waiting import IdleLoop, wait_for_idle

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
