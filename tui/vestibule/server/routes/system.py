"""The System settings in force."""

from __future__ import annotations

from vestibule.access import settings
from vestibule.models import System
from vestibule.server.operation import Call, Operation


def get_system(call: Call) -> System:
    """Version and settings; secrets only as whether they are set."""
    return settings.system(call.open)


OPERATIONS = (Operation("GET", "/v1/system", get_system, "The settings in force", System),)
