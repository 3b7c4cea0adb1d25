"""What the gateways' tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sms.gateway import Gateway, certificate, gateway


@pytest.fixture
def http() -> Iterator[Gateway]:
    """A gateway that speaks HTTP; the test sets what it answers."""
    with gateway() as made:
        yield made


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody vouches for."""
    return certificate(tmp_path_factory.mktemp("tls") / "gateway.pem")
