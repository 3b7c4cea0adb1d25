"""The System settings in force: those of the newest project version; and the secrets beside them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, select

from vestibule.access import audit
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import PackageInfo, System
from vestibule.properties import PROPERTIES, SECRETS
from vestibule.store.dialect import insert
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client, package, project_version, secret

DEFAULTS: Final[dict[str, Any]] = {
    entry.key: entry.default for entry in PROPERTIES if entry.key not in SECRETS
}
"""What a new site starts with, in the order of the grid; secrets are not settings of a version."""
SERVICE_PASSWORD: Final = "password"  # noqa: S105 - the name of a property
"""The one secret that is not kept but hashed: it is the service account's password."""
KEPT_SECRETS: Final = tuple(key for key in SECRETS if key != SERVICE_PASSWORD)
"""Secrets that can be read back, from the vault."""
_newest = Prepared(
    select(project_version, package.c.name.label("package_name"), package.c.size.label("package_size"))
    .outerjoin(package, package.c.sha256 == project_version.c.package_sha256)
    .order_by(project_version.c.number.desc())
    .limit(1)
)
_LOOPBACK = "127.0.0.1"


def newest(tx: Transaction) -> Any:
    """The row of the version in force, with its package's name and size."""
    return _newest.first(tx.connection)


def of_row(row: Any) -> dict[str, Any]:
    """All settings of a version's row in the order of the grid; what it does not say is the default."""
    return {key: row.settings.get(key, default) for key, default in DEFAULTS.items()}


def package_of(row: Any) -> PackageInfo | None:
    """The package of a version's row."""
    if row.package_sha256 is None or row.package_size is None:
        return None
    return PackageInfo(sha256=row.package_sha256, size=row.package_size, name=row.package_name)


def system(tx: Transaction) -> System:
    """The version in force and its settings; of secrets only whether they are set."""
    row = newest(tx)
    known = of_row(row)
    held = _secrets_set(tx)
    shown = {
        entry.key: {"set": entry.key in held} if entry.key in SECRETS else known[entry.key]
        for entry in PROPERTIES
    }
    return System(version=row.number, settings=shown, package=package_of(row))


def _secrets_set(tx: Transaction) -> set[str]:
    held = set(tx.connection.execute(select(secret.c.name)).scalars())
    service = select(client.c.id).where(client.c.service, client.c.password_hash.is_not(None))
    if tx.connection.execute(service).first() is not None:
        held.add(SERVICE_PASSWORD)
    return held


def in_force(tx: Transaction) -> dict[str, Any]:
    """All settings in force, without secrets."""
    return of_row(newest(tx))


def setting(tx: Transaction, name: str) -> Any:
    """One setting in force."""
    return in_force(tx)[name]


def links(source: Transaction | Mapping[str, Any], override: str | None = None) -> str:
    """The address that links carry: ``override``, else what the settings say, else this host's name."""
    if override:
        return override.rstrip("/")
    settings = in_force(source) if isinstance(source, Transaction) else source
    host = settings["external_ip"] or settings["local_ip"] or socket.gethostname().lower()
    return f"https://{f'[{host}]' if ':' in host else host}:{settings['client_port']}"


def bind(settings: Mapping[str, Any]) -> tuple[str, int]:
    """The address and port on which the server listens."""
    return settings["local_ip"] or _LOOPBACK, settings["client_port"]


def secret_values(tx: Transaction) -> dict[str, str]:
    """All secrets that can be read back, in clear; those not set are empty."""
    rows = tx.connection.execute(select(secret.c.name, secret.c.vaulted)).all()
    opened = {row.name: tx.vault.open(_vault_row(row.name), row.vaulted) for row in rows}
    return {name: opened.get(name, "") for name in KEPT_SECRETS}


def keep_secret(tx: Transaction, name: str, value: str, version: int) -> None:
    """Seal ``value`` as set by ``version``; an empty one is forgotten."""
    if not value:
        tx.connection.execute(delete(secret).where(secret.c.name == name))
        return
    row = {"vaulted": tx.vault.seal(_vault_row(name), value), "version": version, "at": tx.now}
    statement = insert(tx.connection, secret).values(name=name, **row)
    tx.connection.execute(statement.on_conflict_do_update(index_elements=[secret.c.name], set_=row))


def reveal(tx: Transaction, who: Principal, name: str) -> str:
    """A secret in clear, for an admin just recognised anew.

    Raises Refused: ``admin_needed``, ``reauthentication_needed``, ``secret_missing`` when it is not set.
    """
    who.need_admin()
    who.need_fresh()
    value = secret_values(tx).get(name)
    if not value:
        raise Refused("secret_missing", field="name")
    audit.record(tx, who, "secret.revealed", detail={"name": name})
    return value


def _vault_row(name: str) -> str:
    return f"secret:vaulted:{name}"
