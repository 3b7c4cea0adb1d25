"""Fixtures every test may use; they also keep the developer's machine out of the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from tests.net.servers import Servers, serving
from tests.waiting import IdleLoop, wait_for_idle


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
