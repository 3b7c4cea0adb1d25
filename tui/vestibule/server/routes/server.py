"""What anyone may know: the server itself, its problem codes, its health."""

from __future__ import annotations

from sqlalchemy import text

from vestibule import __version__
from vestibule.access import cloud_status
from vestibule.access.settings import system
from vestibule.models import Health, ProblemKinds, ServerInfo
from vestibule.server.operation import Call, Needs, Operation
from vestibule.server.problems import kinds
from vestibule.store.clock import site_zone_name


def get_server(call: Call) -> ServerInfo:
    """Site, version and ways to sign in."""
    settings = system(call.open).settings
    offered = {"otp": "use_otp_authentication", "device": "automatic_authentication"}
    modes = ["password", *(mode for mode, name in offered.items() if settings[name])]
    return ServerInfo(
        site=settings["system_name"],
        version=__version__,
        modes=modes,
        time_zone=site_zone_name(),
        cloud=cloud_status.offers_tickets(call.open, call.cloud.address),
        is_cloud=call.cloud.serving,
    )


def get_problems(_call: Call) -> ProblemKinds:
    """Every code a problem document may carry."""
    return kinds()


def get_health(call: Call) -> Health:
    """Answers only if the database does."""
    call.open.connection.execute(text("SELECT 1"))
    return Health(status="ok")


OPERATIONS = (
    Operation("GET", "/v1/server", get_server, "Site, version, ways to sign in", ServerInfo, Needs.ANYONE),
    Operation("GET", "/v1/problems", get_problems, "All problem codes", ProblemKinds, Needs.ANYONE),
    Operation("GET", "/healthz", get_health, "Whether the server works", Health, Needs.ANYONE),
)
