"""Finds the route of a request without trying all of them: those whose paths begin alike lie together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


class Shelves(BaseRoute):
    """All ``routes``; of two that match, the one that comes first in them is taken."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._shelves: defaultdict[str, list[Route]] = defaultdict(list)
        for route in routes:
            self._shelves[_shelf(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route that takes this path by this method, or else by another one."""
        if scope["type"] != "http":
            return Match.NONE, {}
        best: tuple[Match, Scope] = Match.NONE, {}
        for route in self._shelves.get(_shelf(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, "route": route}
            if best[0] is Match.NONE and match is Match.PARTIAL:
                best = match, {**found, "route": route}
        return best

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by the route that was found."""
        await scope["route"].handle(scope, receive, send)


def _shelf(path: str) -> str:
    """``clients`` of ``/v1/clients/{client_id}``; of other paths their first word."""
    words = path.split("/", 3)
    return words[2] if words[1] == "v1" and len(words) > 2 else words[1]
