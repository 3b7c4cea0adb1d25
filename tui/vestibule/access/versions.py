"""The versions of the project as they are listed and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, select

from vestibule.access import hooks, packages, settings
from vestibule.access.refused import Refused
from vestibule.models import HookResult, PackageInfo, Version, VersionPage
from vestibule.store.clock import to_datetime
from vestibule.store.cloud_schema import profile_package
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, package, project_version

_SETUP: Final = "setup"


def page(tx: Transaction, cursor: str | None, limit: int) -> VersionPage:
    """The newest ``limit`` versions, or those before ``cursor``. Raises Refused ``cursor_invalid``."""
    query = _query().order_by(project_version.c.number.desc()).limit(limit + 1)
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
            raise Refused("cursor_invalid")
        query = query.where(project_version.c.number < int(cursor))
    rows = tx.connection.execute(query).all()
    shown = rows[:limit]
    said = hooks.results(tx, [row.number for row in shown])
    versions = [_view(row, said[row.number]) for row in shown]
    return VersionPage(versions=versions, next=str(shown[-1].number) if len(rows) > limit else None)


def one(tx: Transaction, number: int) -> Version:
    """One version with its settings. Raises Refused ``version_unknown``."""
    row = _find(tx, number)
    version = _view(row, hooks.results(tx, [number])[number])
    version.settings = settings.of_row(row)
    version.profiles = _profiles(tx, number)
    return version


def _profiles(tx: Transaction, number: int) -> dict[str, PackageInfo]:
    query = select(profile_package.c.profile, package).where(profile_package.c.version == number)
    rows = tx.connection.execute(query.join(package, package.c.sha256 == profile_package.c.sha256))
    return {row.profile: PackageInfo(sha256=row.sha256, size=row.size, name=row.name) for row in rows}


def package_file(tx: Transaction, number: int, folder: Path) -> tuple[Path, PackageInfo]:
    """The file of a version's package. Raises Refused ``version_unknown``, ``package_unknown``."""
    info = settings.package_of(_find(tx, number))
    if info is None or not packages.whole(folder, info.sha256).exists():
        raise Refused("package_unknown")
    return packages.whole(folder, info.sha256), info


def _query() -> Select[Any]:
    return (
        select(
            project_version,
            package.c.name.label("package_name"),
            package.c.size.label("package_size"),
            client.c.name.label("client_name"),
        )
        .outerjoin(package, package.c.sha256 == project_version.c.package_sha256)
        .outerjoin(client, client.c.id == project_version.c.by)
    )


def _find(tx: Transaction, number: int) -> Any:
    row = tx.connection.execute(_query().where(project_version.c.number == number)).one_or_none()
    if row is None:
        raise Refused("version_unknown")
    return row


def _view(row: Any, said: list[HookResult]) -> Version:
    return Version(
        version=row.number,
        at=to_datetime(row.at),
        # Somebody removed since is still told apart by the id that the audit has.
        by=row.client_name or row.by or _SETUP,
        note=row.note,
        package=settings.package_of(row),
        changed=row.changed,
        hooks=said,
    )
