"""The project: System settings and a package, uploaded as numbered versions that can be taken up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import UNSET
from sqlalchemy import delete, func, select, update

from vestibule import properties, text
from vestibule.access import (
    attempts,
    audit,
    holding,
    hooks,
    packages,
    passwords,
    sessions,
    settings,
    throttle,
)
from vestibule.access.client_fields import line
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_models import PROFILES_LIMIT
from vestibule.models import Retention, System, SystemChange
from vestibule.store.cloud_schema import profile_package
from vestibule.store.dialect import insert
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import client, project_version, site

VERSIONS_KEPT: Final = 50
"""How many versions a new site keeps; ``site.versions_kept`` says what is in force."""
UPLOADED, RESTORED = "system.uploaded", "system.restored"
T = TypeVar("T")
Planned = Callable[[Transaction, int], None]
"""Told of the new version within its transaction."""


@dataclass
class _Draft:
    """What a version is about to be; ``secrets`` are those to keep, ``hashed`` the service password."""

    settings: dict[str, Any]
    changed: dict[str, list[Any]]
    package_sha256: str | None
    note: str
    secrets: dict[str, str]
    profiles: dict[str, str] = field(default_factory=dict)
    """Packages of single profiles, by their hash."""
    hashed: str | None = None
    restored: int | None = None

    def differing(self) -> list[str]:
        """All that differs, in the order of the grid."""
        differ = {*self.changed, *self.secrets, *([settings.SERVICE_PASSWORD] if self.hashed else [])}
        return [entry.key for entry in properties.PROPERTIES if entry.key in differ]


def upload(
    store: Store, who: Principal, expected: int, change: SystemChange, folder: Path, planned: Planned
) -> System:
    """Make the next version from the one ``expected`` to be in force.

    Raises Refused: ``version_stale`` when another one is, ``nothing_changed``, what is wrong with a
    property, ``reauthentication_needed`` and ``service_needed`` for secrets, ``package_unknown`` and
    ``package_incomplete``. Then nothing is changed.
    """
    values = _normal(change.settings)
    note = line(change.note, "note", text.NOTE_LIMIT)
    wanted = None if change.profiles is UNSET else _profiles(change.profiles)
    kept = {key: values.pop(key) for key in settings.KEPT_SECRETS if key in values}
    password = values.pop(settings.SERVICE_PASSWORD, None)
    if kept or password is not None:
        who.need_fresh()
    hashed = None if password is None else _hash_service(store, who, password, values)

    def decide(tx: Transaction) -> System:
        row = _expect(tx, expected)
        known = settings.secret_values(tx) if kept else {}
        profiles = profiles_of(tx, expected)
        draft = _Draft(
            settings={**settings.of_row(row), **values},
            changed=_differences(settings.of_row(row), values),
            package_sha256=row.package_sha256 if change.package is UNSET else change.package,
            note=note,
            secrets={key: value for key, value in kept.items() if value != known[key]},
            profiles=profiles if wanted is None else wanted,
            hashed=hashed,
        )
        named = change.package is not UNSET and change.package is not None
        same = draft.package_sha256 == row.package_sha256 and draft.profiles == profiles
        if not (draft.differing() or named) and same:
            raise Refused("nothing_changed")
        return _make(tx, who, expected + 1, draft, folder, planned)

    return _decided(store, who, UPLOADED, folder, decide)


def restore(
    store: Store, who: Principal, expected: int, number: int, note: str, folder: Path, planned: Planned
) -> System:
    """Make the next version from the settings and package of version ``number``; secrets stay.

    Raises Refused: ``version_stale``, ``version_unknown``, ``nothing_changed``, ``package_incomplete``.
    """
    clean_note = line(note, "note", text.NOTE_LIMIT)

    def decide(tx: Transaction) -> System:
        row = _expect(tx, expected)
        old = find(tx, number)
        old_settings = settings.of_row(old)
        changed = _differences(settings.of_row(row), old_settings)
        profiles = profiles_of(tx, number)
        same = old.package_sha256 == row.package_sha256 and profiles == profiles_of(tx, expected)
        if not changed and same:
            raise Refused("nothing_changed")
        draft = _Draft(old_settings, changed, old.package_sha256, clean_note, {}, profiles, restored=number)
        return _make(tx, who, expected + 1, draft, folder, planned)

    return _decided(store, who, RESTORED, folder, decide)


def find(tx: Transaction, number: int) -> Any:
    """The row of version ``number``. Raises Refused ``version_unknown``."""
    query = select(project_version).where(project_version.c.number == number)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise Refused("version_unknown")
    return row


def profiles_of(tx: Transaction, number: int) -> dict[str, str]:
    """The packages that version ``number`` has for single profiles, by their hash."""
    query = select(profile_package).where(profile_package.c.version == number)
    rows = tx.connection.execute(query.order_by(profile_package.c.profile))
    return {row.profile: row.sha256 for row in rows}


def retention(tx: Transaction) -> Retention:
    """How many versions are kept."""
    return Retention(versions_kept=tx.connection.execute(select(site.c.versions_kept)).scalar_one())


def keep(store: Store, who: Principal, wanted: Retention, folder: Path) -> Retention:
    """Keep ``wanted`` versions from now on; older ones are removed at once."""

    def decide(tx: Transaction) -> Retention:
        held = select(site.c.versions_kept).with_for_update()
        before = tx.connection.execute(held).scalar_one()
        tx.connection.execute(update(site).values(versions_kept=wanted.versions_kept))
        holding.turn(tx, "project")
        pruned = _prune(tx)
        detail = {"versions_kept": [before, wanted.versions_kept], "pruned": pruned}
        audit.record(tx, who, "retention.changed", detail=detail)
        return wanted

    return _decided(store, who, "retention.changed", folder, decide)


def _normal(changes: dict[str, Any]) -> dict[str, Any]:
    values = {}
    for key, value in changes.items():
        try:
            code = properties.objection(key, value)
        except OverflowError:  # a number with hundreds of digits
            code = "property_kind"
        if code is not None:
            # A key that does not exist is whatever somebody sent: it is not repeated at length.
            raise Refused(code, field=key[: text.NAME_LIMIT])
        values[key] = properties.normal(key, value)
    return values


def _profiles(wanted: dict[str, str]) -> dict[str, str]:
    profiles = {line(name, "profiles"): sha256 for name, sha256 in wanted.items()}
    if "" in profiles or len(profiles) < len(wanted):
        raise Refused("name_needed", field="profiles")
    if len(profiles) > PROFILES_LIMIT:
        raise Refused("invalid", field="profiles", detail=f"at most {PROFILES_LIMIT}")
    return profiles


def _hash_service(store: Store, who: Principal, password: str, values: dict[str, Any]) -> str:
    """Outside of any transaction: hashing takes its time, and others write meanwhile."""
    if not who.service:
        raise Refused("service_needed", field=settings.SERVICE_PASSWORD)
    with store.read() as tx:
        account = tx.connection.execute(select(client).where(client.c.service)).one()
        context = [account.name, account.username or "", settings.setting(tx, "system_name")]
    passwords.check_new(password, [*context, str(values.get("system_name", ""))])
    return passwords.hash_new(password)


def _expect(tx: Transaction, expected: int) -> Any:
    holding.turn(tx, "project")
    row = settings.newest(tx)
    if row.number != expected:
        raise Refused("version_stale", version=row.number)
    return row


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {key: [before[key], value] for key, value in after.items() if before[key] != value}


def _make(
    tx: Transaction, who: Principal, number: int, draft: _Draft, folder: Path, planned: Planned
) -> System:
    for sha256 in {draft.package_sha256, *draft.profiles.values()} - {None}:
        packages.require_whole(tx, folder, str(sha256))
    row = {"number": number, "settings": draft.settings, "at": tx.now, "by": who.actor, "note": draft.note}
    row |= {"package_sha256": draft.package_sha256, "changed": draft.differing()}
    # The number decides: of two that saw the same version, one makes the next.
    new = insert(tx.connection, project_version).values(**row).on_conflict_do_nothing()
    if tx.connection.execute(new.returning(project_version.c.number)).first() is None:
        raise Refused("version_stale", version=settings.newest(tx).number)
    for profile, sha256 in draft.profiles.items():
        values = {"version": number, "profile": profile, "sha256": sha256}
        tx.connection.execute(profile_package.insert().values(**values))
    for name, value in draft.secrets.items():
        settings.keep_secret(tx, name, value, number)
    if draft.hashed is not None:
        _set_service_password(tx, who, draft.hashed)
    detail = {"version": number, "changed": draft.changed, "package": draft.package_sha256}
    detail |= {"secrets": [key for key in draft.differing() if key in properties.SECRETS], "note": draft.note}
    detail |= {"profiles": draft.profiles} if draft.profiles else {}
    detail |= {"pruned": _prune(tx)} | ({"from": draft.restored} if draft.restored else {})
    audit.record(tx, who, RESTORED if draft.restored else UPLOADED, detail=detail)
    planned(tx, number)
    return settings.system(tx)


def _set_service_password(tx: Transaction, who: Principal, hashed: str) -> None:
    changed = update(client).where(client.c.service).values(password_hash=hashed).returning(client.c.id)
    for service_id in tx.connection.execute(changed).scalars().all():
        throttle.forgive(tx, f"reauth:{service_id}")
        sessions.end_all(tx, service_id, keep=who.session_id)
        audit.record(tx, who, "password.changed", service_id)


def _prune(tx: Transaction) -> list[int]:
    """Remove versions beyond those kept; never the newest. Files go in :func:`_decided`, after commit."""
    newest = select(func.max(project_version.c.number)).scalar_subquery()
    kept = select(site.c.versions_kept).scalar_subquery()
    old = delete(project_version).where(
        project_version.c.number <= newest - kept, project_version.c.number < newest
    )
    profiled = set(tx.connection.execute(select(profile_package.c.sha256)).scalars())
    gone = tx.connection.execute(
        old.returning(project_version.c.number, project_version.c.package_sha256)
    ).all()
    if gone:
        packages.drop_unused(tx, {row.package_sha256 for row in gone if row.package_sha256} | profiled)
        hooks.forget_pruned(tx)
    return sorted(row.number for row in gone)


def _decided(
    store: Store, who: Principal, action: str, folder: Path, decide: Callable[[Transaction], T]
) -> T:
    """Run ``decide`` as ``attempts.decided`` does, then throw away the files that nothing needs any more."""
    result = attempts.decided(store, who, decide, action=action)
    packages.sweep(store, folder)
    return result
