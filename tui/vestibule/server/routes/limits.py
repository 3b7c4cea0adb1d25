"""How long a session lasts."""

from __future__ import annotations

from vestibule.access import limits
from vestibule.device_models import Limits, LimitsChange
from vestibule.server.operation import Call, Operation, Work


def get_limits(call: Call) -> Limits:
    """The limits in force."""
    return limits.in_force(call.open)


def patch_limits(call: Call) -> Limits:
    """Change those that are sent."""
    return limits.change(call.open, call.who, call.body)


OPERATIONS = (
    Operation("GET", "/v1/limits", get_limits, "How long a session lasts", Limits),
    Operation(
        "PATCH",
        "/v1/limits",
        patch_limits,
        "Change how long a session lasts",
        Limits,
        work=Work.WRITE,
        body=LimitsChange,
        refusals=("reauthentication_needed",),
    ),
)
