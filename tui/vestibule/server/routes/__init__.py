"""The operations of the API, one file per resource."""

from __future__ import annotations

from vestibule.server.routes import (
    audit,
    challenges,
    clients,
    factors,
    leaving,
    licences,
    me,
    paths,
    policy,
    project,
    server,
    sessions,
    sms,
    system,
)

OPERATIONS = (
    *server.OPERATIONS,
    *sessions.OPERATIONS,
    *leaving.OPERATIONS,
    *challenges.OPERATIONS,
    *me.OPERATIONS,
    *paths.OPERATIONS,
    *factors.OPERATIONS,
    *clients.OPERATIONS,
    *system.OPERATIONS,
    *project.OPERATIONS,
    *licences.OPERATIONS,
    *policy.OPERATIONS,
    *sms.OPERATIONS,
    *audit.OPERATIONS,
)
