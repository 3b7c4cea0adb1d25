"""A real site on SQLite for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vestibule.access import site
from vestibule.store.engine import Store, open_store

PASSWORD = "correct horse battery staple"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    state = tmp_path / "state"
    site.create(state, "Haus Lindenhof", PASSWORD, "en")
    opened = open_store(state)
    yield opened
    opened.close()
