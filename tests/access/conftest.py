"""A real site for each test, on SQLite and where that matters on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sites import Place
from vestibule.store.engine import Store


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = place.open()
    yield opened
    opened.close()
