"""The operations of the API, one file per resource."""

from __future__ import annotations

from vestibule.server.routes import (
    audit,
    challenges,
    clients,
    devices,
    factors,
    leaving,
    licences,
    limits,
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
    *devices.OPERATIONS,
    *system.OPERATIONS,
    *project.OPERATIONS,
    *licences.OPERATIONS,
    *policy.OPERATIONS,
    *limits.OPERATIONS,
    *sms.OPERATIONS,
    *audit.OPERATIONS,
)
