"""What clients ask a cloud: where their site is, and for the package of their profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from vestibule.access import cloud_packages, cloud_presence, packages
from vestibule.cloud_models import ClientProject, SiteAddresses
from vestibule.models import PackageInfo
from vestibule.server.arriving import token_of
from vestibule.server.operation import Call, Needs, Operation, Work
from vestibule.server.routes.project import BYTES, package_answer

if TYPE_CHECKING:
    from vestibule.server.app import Server


def get_addresses(call: Call) -> SiteAddresses:
    """Where a site is."""
    return cloud_presence.find(call.store, call.cloud.looks, call.who, call.path["serial"], call.token)


def get_client_project(call: Call) -> ClientProject:
    """What is the newest package of the ticket's profile."""
    return cloud_presence.project(call.open, call.path["serial"], call.token)[0]


async def get_client_package(server: Server, request: Request) -> Response:
    """That package, whole or a range of it."""
    return await package_answer(server, request, _package)


def _package(server: Server, request: Request) -> tuple[Path, PackageInfo]:
    serial = request.path_params["serial"]
    with server.store.read() as tx:
        _told, info = cloud_presence.project(tx, serial, token_of(request))
    return packages.whole(cloud_packages.folder_of(server.packages, serial), info.sha256), info


_TICKET = ("cloud_ticket_refused", "cloud_profile_empty")

OPERATIONS = (
    Operation(
        "GET",
        "/v1/cloud/sites/{serial}/addresses",
        get_addresses,
        "Where a site is",
        SiteAddresses,
        needs=Needs.CLOUD,
        work=Work.NOTHING,
        refusals=("cloud_site_unknown", "cloud_ticket_refused", "too_many_attempts"),
    ),
    Operation(
        "GET",
        "/v1/cloud/sites/{serial}/project",
        get_client_project,
        "The newest package of the ticket's profile",
        ClientProject,
        needs=Needs.CLOUD,
        refusals=_TICKET,
    ),
    Operation(
        "GET",
        "/v1/cloud/sites/{serial}/project/package",
        get_client_package,
        "That package, or a range of it",
        None,
        needs=Needs.CLOUD,
        streams=True,
        gives=BYTES,
        refusals=(*_TICKET, "package_unknown"),
    ),
)
