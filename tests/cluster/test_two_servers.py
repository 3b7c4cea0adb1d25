"""The README's two servers behind nginx, started and checked by the script that also runs alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.needs import needs

if TYPE_CHECKING:
    from tests.postgres import Cluster


@needs("nginx")
def test_two_servers_behind_nginx_are_one(postgres: Cluster, tmp_path: Path) -> None:
    from tests.cluster.two_servers import CHECKS, house

    with house(postgres, tmp_path) as both:
        for check in CHECKS:
            check(both)
