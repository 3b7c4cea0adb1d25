"""Which client somebody means on the command line."""

from __future__ import annotations

from vestibule.models import Client, Problem
from vestibule.remote.api import Api, ApiProblem


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
    title = "There is no such client." if not exact else "Several clients match; name one by its id."
    code, status = ("client_unknown", 404) if not exact else ("client_ambiguous", 409)
    raise ApiProblem(Problem(type="", title=title, status=status, code=code))
