"""The operations of the API, one file per resource."""

from __future__ import annotations

from vestibule.server.routes import audit, clients, licences, me, project, server, sessions, system

OPERATIONS = (
    *server.OPERATIONS,
    *sessions.OPERATIONS,
    *me.OPERATIONS,
    *clients.OPERATIONS,
    *system.OPERATIONS,
    *project.OPERATIONS,
    *licences.OPERATIONS,
    *audit.OPERATIONS,
)
