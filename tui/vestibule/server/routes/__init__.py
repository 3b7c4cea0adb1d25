"""The operations of the API, one file per resource."""

from __future__ import annotations

from vestibule.server.routes import (
    audit,
    challenges,
    clients,
    cloud,
    cloud_desk,
    cloud_lookup,
    cloud_uplink,
    cloud_uploads,
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
    *cloud.OPERATIONS,
    *limits.OPERATIONS,
    *sms.OPERATIONS,
    *audit.OPERATIONS,
)
CLOUD_OPERATIONS = (
    *cloud_desk.OPERATIONS,
    *cloud_uplink.OPERATIONS,
    *cloud_uploads.OPERATIONS,
    *cloud_lookup.OPERATIONS,
)
"""Those of a server that is the cloud of others."""
