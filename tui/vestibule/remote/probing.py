"""Whether a site can be reached now, and by which path. It asks who the server is, and never signs in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, auto

from vestibule.models import Path, ServerInfo
from vestibule.remote.errors import ApiProblem, CertificateChanged, CertificateProblem, Unreachable
from vestibule.remote.sites import Site

PATIENCE = 3.0
"""Seconds for each path."""


class Standing(Enum):
    """What became of a look at a site."""

    HERE = auto()
    ASKING = auto()
    ANSWERS = auto()
    NOT_ACCEPTED = auto()
    CHANGED = auto()
    SILENT = auto()


@dataclass(frozen=True)
class Reach:
    """How a site stands. ``milliseconds``: how long it took to answer one question."""

    standing: Standing
    path: Path | None = None
    milliseconds: int = 0
    why: str = ""
    info: ServerInfo | None = None


async def probe(site: Site) -> Reach:
    """Look at a site elsewhere."""
    from vestibule.remote.route import find

    try:
        way = await find(site, PATIENCE)
    except CertificateProblem as problem:
        is_other = isinstance(problem, CertificateChanged)
        return Reach(Standing.CHANGED if is_other else Standing.NOT_ACCEPTED)
    except Unreachable as error:
        return Reach(Standing.SILENT, why=str(error))
    except ApiProblem as refused:
        return Reach(Standing.SILENT, why=refused.problem.code)
    try:
        began = time.monotonic()
        info = await way.api.server()
        took = round((time.monotonic() - began) * 1000)
        return Reach(Standing.ANSWERS, way.road.path, took, info=info)
    except (ApiProblem, Unreachable) as error:
        return Reach(Standing.SILENT, why=str(error))
    finally:
        await way.api.close()
