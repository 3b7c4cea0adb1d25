"""Versions of the project, and the packages that go with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from anyio import to_thread
from msgspec import Meta, Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response

from vestibule.access import arrival, packages, project, versions
from vestibule.access.arrival import Arrival
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import (
    PackageInfo,
    PackageNew,
    PackageProgress,
    Restore,
    Retention,
    System,
    Version,
    VersionPage,
)
from vestibule.server.operation import Call, Operation, Work
from vestibule.server.problems import problem
from vestibule.server.routes.system import NEW_VERSION, TEXT

if TYPE_CHECKING:
    from vestibule.server.app import Server

BYTES = "application/octet-stream"
_PIECE = 1024**2
"""Bytes gathered before they are written: a thread for each packet would cost more than the writing."""

_AT_ONCE = 128 * 1024
"""Bytes of a package that is read and sent at once."""


class VersionsQuery(Struct, forbid_unknown_fields=True):
    """``cursor`` is the ``next`` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=20)] | None = None


class OffsetQuery(Struct, forbid_unknown_fields=True):
    """``offset``: where the body's first byte belongs; that many have arrived before."""

    offset: Annotated[int, Meta(ge=0)] = 0


class _File(FileResponse):
    chunk_size = 512 * 1024


def get_versions(call: Call) -> VersionPage:
    """One page, newest first."""
    query: VersionsQuery = call.query
    return versions.page(call.open, query.cursor, query.limit)


def get_version(call: Call) -> Version:
    """One version with its settings."""
    return versions.one(call.open, number_of(call.path["version"]))


def post_restore(call: Call) -> System:
    """Make the next version from an older one."""
    body: Restore = call.body
    number = number_of(call.path["version"])
    made = project.restore(
        call.store, call.who, call.version, number, body.note, call.packages, call.hooks.plan
    )
    call.hooks.run(made.version)
    return made


def get_retention(call: Call) -> Retention:
    """How many versions are kept."""
    return project.retention(call.open)


def put_retention(call: Call) -> Retention:
    """Keep that many versions from now on."""
    return project.keep(call.store, call.who, call.body, call.packages)


def post_package(call: Call) -> PackageProgress:
    """Announce a package, or ask how much of it has arrived."""
    body: PackageNew = call.body
    return arrival.begin(call.store, call.who, call.packages, body)


def delete_package(call: Call) -> None:
    """Give up a package that no version has."""
    packages.forget(call.open, call.who, call.packages, call.path["sha256"])


def number_of(written: str) -> int:
    """The number of a version in an address. Raises Refused ``version_unknown``."""
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise Refused("version_unknown")
    return int(written)


async def patch_package(server: Server, request: Request) -> Response:
    """Append the body to a package; what has arrived stays when the connection is cut."""
    who, coming = await to_thread.run_sync(_expected, server, request)
    try:
        await receive(server, request, coming, lambda: server.still_there(request, who))
        here = await to_thread.run_sync(coming.finish, server.store, who)
    except ClientDisconnect:
        return problem(Refused("malformed"))  # nobody is there to read it
    finally:
        coming.close()
    return Response(msgspec.json.encode(here), media_type="application/json")


def _expected(server: Server, request: Request) -> tuple[Principal, Arrival]:
    """Everything that can be refused is refused before the first byte is read."""
    sha256 = request.path_params["sha256"]
    with server.store.read() as tx:
        who = server.principal(request, tx)
        who.need_admin()
        size: int = packages.find(tx, sha256).size
    try:
        query = msgspec.convert(dict(request.query_params), OffsetQuery, strict=False)
    except msgspec.ValidationError as error:
        raise Refused("invalid", field="offset", detail=str(error)) from None
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and query.offset + int(announced) > size:
        raise Refused("package_too_large")
    return who, Arrival(server.packages, sha256, size, query.offset)


async def receive(server: Server, request: Request, coming: Arrival, still: Callable[[], None]) -> None:
    """Append the body to what has arrived, asking between its pieces whether who sends it ``still`` may.

    Raises ClientDisconnect, then all that came is kept; and what ``still`` raises in its worker thread.
    """
    at, piece = coming.at, bytearray()
    try:
        async for chunk in request.stream():
            piece += chunk
            if len(piece) >= _PIECE:
                data, piece = bytes(piece), bytearray()
                start, at = at, at + len(data)
                await to_thread.run_sync(still)
                server.usage.note(request)
                await to_thread.run_sync(coming.append, start, data)
        await to_thread.run_sync(coming.append, at, bytes(piece))
    except ClientDisconnect:
        await to_thread.run_sync(coming.append, at, bytes(piece))
        raise


async def get_package(server: Server, request: Request) -> Response:
    """The package of a version, whole or a range of it."""
    return await package_answer(server, request, _package)


async def package_answer(
    server: Server, request: Request, found: Callable[[Server, Request], tuple[Path, PackageInfo]]
) -> Response:
    """The package that ``found`` says, whole or a range of it; it says in a worker thread."""

    def look() -> Response:
        path, info = found(server, request)
        headers = {
            "ETag": f'"{info.sha256}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        try:
            status = path.stat()
            file = _File(path, headers=headers, media_type=BYTES, filename=info.name, stat_result=status)
            if status.st_size > _AT_ONCE or "range" in request.headers:
                return file
            return Response(path.read_bytes(), headers=file.headers)  # read here: each hop costs more
        except FileNotFoundError:
            raise Refused("package_unknown") from None

    return await server.crew.run(look)


def _package(server: Server, request: Request) -> tuple[Path, PackageInfo]:
    with server.store.read() as tx:
        server.principal(request, tx).need_admin()
        return versions.package_file(tx, number_of(request.path_params["version"]), server.packages)


_VERSION = "/v1/project/versions/{version}"
_PACKAGES = "/v1/project/packages"

OPERATIONS = (
    Operation(
        "GET",
        "/v1/project/versions",
        get_versions,
        "Versions, newest first",
        VersionPage,
        query=VersionsQuery,
        refusals=("cursor_invalid",),
    ),
    Operation(
        "GET", _VERSION, get_version, "One version with settings", Version, refusals=("version_unknown",)
    ),
    Operation(
        "POST",
        _VERSION + "/restore",
        post_restore,
        "Take a version up again, as the next one",
        System,
        work=Work.NOTHING,
        body=Restore,
        versioned=True,
        guarded=True,
        refusals=("version_unknown", *NEW_VERSION),
    ),
    Operation(
        "GET",
        _VERSION + "/package",
        get_package,
        "The package of a version, or a range of it",
        None,
        streams=True,
        gives=BYTES,
        refusals=("version_unknown", "package_unknown"),
    ),
    Operation("GET", "/v1/project/retention", get_retention, "How many versions are kept", Retention),
    Operation(
        "PUT",
        "/v1/project/retention",
        put_retention,
        "Keep so many versions",
        Retention,
        work=Work.NOTHING,
        body=Retention,
    ),
    Operation(
        "POST",
        _PACKAGES,
        post_package,
        "Announce a package, or go on with one",
        PackageProgress,
        work=Work.NOTHING,
        body=PackageNew,
        refusals=("package_too_large", "package_other_size", "package_damaged", "package_offset", *TEXT),
    ),
    Operation(
        "PATCH",
        _PACKAGES + "/{sha256}",
        patch_package,
        "Append to a package",
        PackageProgress,
        query=OffsetQuery,
        streams=True,
        takes=BYTES,
        refusals=("package_unknown", "package_too_large", "package_offset", "package_damaged"),
    ),
    Operation(
        "DELETE",
        _PACKAGES + "/{sha256}",
        delete_package,
        "Give up a package that no version has",
        None,
        work=Work.WRITE,
        status=204,
        refusals=("package_unknown", "package_in_use"),
    ),
)
