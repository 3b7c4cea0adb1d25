"""What sites say to their cloud. Uploaders send packages by the same operations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vestibule.access import cloud_packages, cloud_presence, cloud_registration, cloud_versions, packages
from vestibule.access.cloud_packages import CloudArrival
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_models import (
    CloudNews,
    Heartbeat,
    Offered,
    OfferOutcome,
    Registered,
    Registration,
    VersionKept,
)
from vestibule.models import PackageInfo, PackageNew, PackageProgress
from vestibule.server.arriving import source_of, token_of
from vestibule.server.cloud_news import NewsQuery, get_news
from vestibule.server.operation import Call, Needs, Operation, Work
from vestibule.server.problems import problem
from vestibule.server.routes.project import BYTES, OffsetQuery, number_of, package_answer, receive
from vestibule.server.routes.system import TEXT

if TYPE_CHECKING:
    from vestibule.server.app import Server

VERSION_LIMIT = 1024**2
"""Bytes of a version with what is told of each of its packages."""


def post_registration(call: Call) -> Registered:
    """Take a site in."""
    body: Registration = call.body
    return cloud_registration.register(call.store, call.who, body)


def put_heartbeat(call: Call) -> CloudNews:
    """Hear where a site is."""
    body: Heartbeat = call.body
    return cloud_presence.beat(call.store, call.who, call.token, body)


def put_version(call: Call) -> CloudNews:
    """Keep a version that the site has signed."""
    site, who, folder = _site(call)
    return cloud_versions.keep(call.store, who, site, folder, number_of(call.path["version"]), call.body)


def get_offer(call: Call) -> Offered:
    """The last version offered to the site."""
    site = cloud_registration.site_of(call.open, call.token)
    return cloud_versions.offer_of(call.open, site.serial)


def put_outcome(call: Call) -> CloudNews:
    """Hear what the site made of an offer."""
    site = cloud_registration.site_of(call.open, call.token)
    body: OfferOutcome = call.body
    return cloud_versions.settle(call.open, principal_of(site, call.who), site.serial, body)


def post_cloud_package(call: Call) -> PackageProgress:
    """Announce a package, or ask how much of it has arrived."""
    site, who, folder = _site(call)
    body: PackageNew = call.body
    return cloud_packages.begin(call.store, who, folder, site.serial, body)


def _site(call: Call) -> tuple[Any, Principal, Path]:
    with call.store.read() as tx:
        site = cloud_registration.bearer_of(tx, call.token)
    return site, principal_of(site, call.who), cloud_packages.folder_of(call.packages, site.serial)


def principal_of(site: Any, who: Principal) -> Principal:
    """What the audit says of a site or its uploader; they have no account."""
    return Principal(f"site {site.serial}", who.source)


async def patch_cloud_package(server: Server, request: Request) -> Response:
    """Append the body to a package; what has arrived stays when the connection is cut."""
    who, coming = await to_thread.run_sync(_expected, server, request)
    try:
        await receive(server, request, coming, lambda: _still(server, request))
        here = await to_thread.run_sync(coming.finish, server.store, who)
    except ClientDisconnect:
        return problem(Refused("malformed"))  # nobody is there to read it
    finally:
        coming.close()
    return Response(msgspec.json.encode(here), media_type="application/json")


def _still(server: Server, request: Request) -> None:
    """The operator may have reset the site meanwhile."""
    with server.store.read() as tx:
        cloud_registration.bearer_of(tx, token_of(request))


def _expected(server: Server, request: Request) -> tuple[Principal, CloudArrival]:
    try:
        query = msgspec.convert(dict(request.query_params), OffsetQuery, strict=False)
    except msgspec.ValidationError as error:
        raise Refused("invalid", field="offset", detail=str(error)) from None
    with server.store.read() as tx:
        site = cloud_registration.bearer_of(tx, token_of(request))
        row = cloud_packages.find(tx, site.serial, request.path_params["sha256"])
    folder = cloud_packages.folder_of(server.packages, site.serial)
    who = Principal(f"site {site.serial}", source_of(request))
    return who, CloudArrival(folder, site.serial, row.sha256, row.size, query.offset)


async def get_cloud_package(server: Server, request: Request) -> Response:
    """A package for the site itself, whole or a range of it."""
    return await package_answer(server, request, _package)


def _package(server: Server, request: Request) -> tuple[Path, PackageInfo]:
    with server.store.read() as tx:
        site = cloud_registration.site_of(tx, token_of(request))
        row = cloud_packages.find(tx, site.serial, request.path_params["sha256"])
    folder = cloud_packages.folder_of(server.packages, site.serial)
    info = PackageInfo(sha256=row.sha256, size=row.size, name=row.name)
    return packages.whole(folder, row.sha256), info


PROOF = ("cloud_password_wrong", "too_many_attempts", "busy")
PACKAGE = ("package_unknown", "package_incomplete", "package_other_size")

OPERATIONS = (
    Operation(
        "POST",
        "/v1/cloud/registrations",
        post_registration,
        "A site says who it is",
        Registered,
        needs=Needs.ANYONE,
        work=Work.NOTHING,
        status=201,
        body=Registration,
        hashes=True,
        refusals=(*PROOF, "cloud_key_changed", "cloud_key_invalid", "cloud_forged", "cloud_replayed"),
    ),
    Operation(
        "PUT",
        "/v1/cloud/site",
        put_heartbeat,
        "A site says where it is",
        CloudNews,
        needs=Needs.CLOUD,
        work=Work.NOTHING,
        body=Heartbeat,
        refusals=("cloud_forged", "cloud_replayed", "cloud_full", "too_many_attempts"),
        body_limit=VERSION_LIMIT,
    ),
    Operation(
        "GET",
        "/v1/cloud/site/news",
        get_news,
        "Whether a version waits for the site; waits until one does",
        CloudNews,
        needs=Needs.CLOUD,
        query=NewsQuery,
        streams=True,
    ),
    Operation(
        "PUT",
        "/v1/cloud/site/versions/{version}",
        put_version,
        "A site leaves a version of its own",
        CloudNews,
        needs=Needs.CLOUD,
        work=Work.NOTHING,
        body=VersionKept,
        refusals=("cloud_forged", "cloud_version_differs", "version_unknown", "too_many_attempts", *PACKAGE),
        body_limit=VERSION_LIMIT,
    ),
    Operation(
        "POST",
        "/v1/cloud/site/packages",
        post_cloud_package,
        "Announce a package, or go on with one",
        PackageProgress,
        needs=Needs.CLOUD,
        work=Work.NOTHING,
        body=PackageNew,
        refusals=(
            "cloud_full",
            "package_too_large",
            "package_other_size",
            "package_damaged",
            "package_offset",
            *TEXT,
        ),
    ),
    Operation(
        "PATCH",
        "/v1/cloud/site/packages/{sha256}",
        patch_cloud_package,
        "Append to a package",
        PackageProgress,
        needs=Needs.CLOUD,
        query=OffsetQuery,
        streams=True,
        takes=BYTES,
        refusals=("package_unknown", "package_too_large", "package_offset", "package_damaged"),
    ),
    Operation(
        "GET",
        "/v1/cloud/site/packages/{sha256}",
        get_cloud_package,
        "A package of the site, or a range of it",
        None,
        needs=Needs.CLOUD,
        streams=True,
        gives=BYTES,
        refusals=("package_unknown",),
    ),
    Operation(
        "GET",
        "/v1/cloud/site/offer",
        get_offer,
        "The last version offered to the site",
        Offered,
        needs=Needs.CLOUD,
        refusals=("version_unknown",),
    ),
    Operation(
        "PUT",
        "/v1/cloud/site/offer",
        put_outcome,
        "A site says what it made of an offer",
        CloudNews,
        needs=Needs.CLOUD,
        work=Work.WRITE,
        body=OfferOutcome,
        refusals=("too_many_attempts",),
    ),
)
