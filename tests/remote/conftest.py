"""Two machines for the tests of the connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sites import new_site
from vestibule.config import Folders, folders


@pytest.fixture
def there(tmp_path: Path) -> Folders:
    """The machine that has the site."""
    return new_site(tmp_path / "there")


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    """Somebody else's machine."""
    return folders({"VESTIBULE_HOME": str(tmp_path / "here")})
