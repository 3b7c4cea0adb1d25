"""Which client somebody means on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vestibule.access.refused import PROBLEMS  # a table without imports of its own
from vestibule.models import Client, Problem
from vestibule.remote.errors import ApiProblem

if TYPE_CHECKING:
    from vestibule.remote.api import Api


async def find_client(api: Api, meant: str) -> Client:
    """The client with this id, label, name or username. Raises ApiProblem unless it is exactly one."""
    if len(meant) == 16:
        try:
            return await api.client(meant)
        except ApiProblem as refused:
            if refused.problem.code != "client_unknown":
                raise
    page = await api.clients(filter_text=meant, limit=500)
    exact = [client for client in page.clients if meant in (client.label, client.name, client.username)]
    if len(exact) == 1:
        return exact[0]
    raise _problem("client_ambiguous" if exact else "client_unknown")


def _problem(code: str) -> ApiProblem:
    kind = PROBLEMS[code]
    return ApiProblem(Problem(type=f"/v1/problems/{code}", title=kind.title, status=kind.status, code=code))
