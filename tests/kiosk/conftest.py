"""A site for each test of the kiosk's screens, and an admin at work on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.screens.desk import LINKS
from tests.sites import new_site
from vestibule.config import Folders
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    return new_site(tmp_path / "home")


@pytest.fixture
async def console(here: Folders) -> AsyncIterator[Api]:
    """Somebody who changes things meanwhile."""
    async with open_site(here, LINKS, as_console=True) as opened:
        yield opened
