"""Fixtures every test may use; they also keep the developer's machine out of the tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def _no_outside_settings() -> None:
    for name in [name for name in os.environ if name.startswith("VESTIBULE_")]:
        if name != "VESTIBULE_TEST_REQUIRE":
            del os.environ[name]
    os.environ.pop("NO_COLOR", None)
    os.environ["TZ"] = "Europe/Zurich"
