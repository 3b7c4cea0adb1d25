"""A site for each test of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.sites import new_site


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    new_site(tmp_path / "home")
    return Shell(tmp_path / "home")
