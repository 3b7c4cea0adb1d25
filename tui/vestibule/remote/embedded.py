"""The server inside this process: no port, no daemon, the same HTTP.

The only module of the terminal half that imports the server; it does so when called, so that a
screen is painted first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from anyio import to_thread

from vestibule import i18n
from vestibule.config import Database, Folders
from vestibule.models import Problem, Secret
from vestibule.remote.api import Api
from vestibule.remote.errors import ApiProblem

if TYPE_CHECKING:
    from vestibule.server.app import Server

ADDRESS = "http://embedded"
DEMO_PASSWORD = "a blue door behind the stairs"  # noqa: S105 - of a site that is thrown away
"""Signs in as ``service`` and as ``anna.rossi`` of the demo; shown to the person at its start."""


def create_site(folders: Folders, name: str, service_password: str, language: str) -> None:
    """Set a site up on this machine. Raises ApiProblem when that is refused; then nothing changed."""
    from vestibule.access import site

    with _as_problems():
        site.create(folders.state, name, service_password, language, database=folders.site_database)


def create_demo(folders: Folders) -> None:
    """Set up a site with a past and clients in every state. Raises ApiProblem as :func:`create_site` does."""
    from vestibule.access import demo

    with _as_problems():
        demo.create(folders.state, "Haus Lindenhof", DEMO_PASSWORD, i18n.current())


def move_site(
    folders: Folders, source: Database, target: Database, told: Callable[[int, int], None]
) -> tuple[int, bool]:
    """Move this machine's site into another database: how many rows, and whether its audit is whole.

    ``told`` hears how many rows of how many are done. Raises ApiProblem; then it is where it was.
    """
    from vestibule.access import moving

    with _as_problems():
        rows, verdict = moving.move(folders.state, source, target, told)
    return rows, verdict.ok


@dataclass(frozen=True)
class Kept:
    """A backup that was made or restored: its rows, and the head of its record of decisions."""

    rows: int
    head: str
    whole: bool
    """Whether the record was intact."""
    at: datetime
    sha256: str = ""
    """Of the file, where one was made."""
    missing: int = 0
    """Packages that could not be put into it."""
    voided: Mapping[str, int] = field(default_factory=dict)
    """What is void now that it was restored, and how many of each."""


def back_up(
    folders: Folders,
    file: Path,
    passphrase: Secret | None,
    told: Callable[[str, int, int], None],
    *,
    overwrite: bool,
) -> Kept:
    """Write this machine's site into a file while it is served.

    ``told`` hears how many ``rows`` or ``bytes`` of how many are done. Raises ApiProblem and OSError; then,
    and when it is stopped, there is no file.
    """
    from vestibule.access import backup

    plain = passphrase.reveal if passphrase else None
    with _as_problems():
        made = backup.make(folders.state, folders.site_database, file, plain, told, overwrite=overwrite)
    return Kept(made.rows, made.verdict.head, made.verdict.ok, made.at, made.sha256, made.missing)


def restore(
    folders: Folders,
    file: Path,
    passphrase: Secret | None,
    told: Callable[[str, int, int], None],
    *,
    unchanged: bool,
) -> Kept:
    """Put the site of a backup onto this machine, where none is.

    ``told`` as in :func:`back_up`. Raises ApiProblem; then nothing has changed.
    """
    from vestibule.access import restore as restoring

    plain = passphrase.reveal if passphrase else None
    with _as_problems():
        done = restoring.restore(folders.state, folders.site_database, file, plain, told, unchanged=unchanged)
    kept = done.manifest
    return Kept(kept.rows, kept.head, kept.whole, kept.at, voided=done.voided.detail())


def rotate_key(folders: Folders, told: Callable[[int, int], None]) -> tuple[int, str, str]:
    """Give the site a new vault key: how many values it seals, and the record's head before and after.

    ``told`` hears how many rows of the record of how many are done. Raises ApiProblem; then nothing changed.
    """
    from vestibule.access import rotation

    with _as_problems():
        done = rotation.rotate(folders.state, folders.site_database, told)
    return done.sealed, done.head_before, done.head


def forgive(folders: Folders, client_id: str | None) -> tuple[int, bool]:
    """Forget wrong attempts of a client, or all: how many counts, and whether a factor stays disabled.

    For whoever may read this host's files. Raises ApiProblem.
    """
    from vestibule.access import unlocking
    from vestibule.store.engine import open_store

    with _as_problems():
        store = open_store(folders.state, folders.site_database)
        try:
            with store.write() as tx:
                return unlocking.forgive(tx, client_id)
        finally:
            store.close()


@contextmanager
def _as_problems() -> Iterator[None]:
    """What the rules and the store refuse, as the API would say it."""
    from vestibule.access.refused import Refused
    from vestibule.store.errors import StoreError

    try:
        yield
    except Refused as refused:
        raise _problem(refused.code, refused.field) from None
    except StoreError as error:
        raise _problem(error.code, None, error.detail) from None


def preload() -> None:
    """Import the server; in a thread, so that no key waits for it."""
    import vestibule.server.app
    import vestibule.store.engine  # noqa: F401 - imported for later


@asynccontextmanager
async def open_site(folders: Folders, links: str, *, as_console: bool = False) -> AsyncIterator[Api]:
    """This machine's site. Raises ApiProblem when it cannot be opened.

    ``as_console`` speaks with the authority of whoever may read this host's files.
    """
    from vestibule.server.app import background, create_app

    # Whoever may read the host's files may let sites register here. Where some may, admins look after them.
    server = await to_thread.run_sync(_open, folders, links, True if as_console else None)
    transport = httpx.ASGITransport(create_app(server), raise_app_exceptions=False)
    api = Api(transport, ADDRESS)
    if as_console:
        api.use_token(server.console_token)
    try:
        # ASGITransport runs no lifespan: the server's own work is started here.
        async with background(server, agent=not as_console):
            yield api
    finally:
        await api.close()
        server.store.close()


def _open(folders: Folders, links: str, cloud: bool | None) -> Server:
    """``cloud``: whether it is the cloud of other sites; None to find out."""
    from vestibule.access import cloud_sites
    from vestibule.server.app import Server
    from vestibule.server.events import Bell
    from vestibule.store.engine import open_store

    with _as_problems():
        store = open_store(folders.state, folders.site_database)
        if cloud is None:
            with store.read() as tx:
                cloud = cloud_sites.has_any(tx)
    return Server(store, links, Bell(store.changes()), folders.config, cloud=cloud)


def _problem(code: str, field: str | None, detail: str = "") -> ApiProblem:
    from vestibule.access.refused import PROBLEMS

    kind = PROBLEMS[code]
    return ApiProblem(
        Problem(
            type=f"/v1/problems/{code}",
            title=kind.title,
            status=kind.status,
            code=code,
            detail=detail,
            field=field,
        )
    )


def served_site(folders: Folders, links: str, *, cloud: bool = False) -> tuple[Server, dict[str, Any]]:
    """What a real HTTP server serves, and the settings in force.

    ``cloud``: whether it is the cloud of other sites.
    Raises ApiProblem when the site cannot be opened.
    """
    from vestibule.access import settings

    server = _open(folders, links, cloud)
    with server.store.read() as tx:
        return server, settings.in_force(tx)
