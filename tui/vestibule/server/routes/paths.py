"""By which paths a client may come next time."""

from __future__ import annotations

from vestibule.access import paths
from vestibule.models import Paths
from vestibule.server.operation import Call, Needs, Operation


def get_paths(call: Call) -> Paths:
    """The connection policy and the address of each path."""
    return paths.told(call.open, call.cloud.relay, call.cloud.local)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/paths",
        get_paths,
        "Connection policy and the address of each path",
        returns=Paths,
        needs=Needs.SESSION,
        enrolling=True,
    ),
)
