"""The cloud's operator: which sites may register."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import cloud_sites
from vestibule.cloud_models import CloudSiteAdded, CloudSiteNew, CloudSiteReset, CloudSites
from vestibule.server.operation import Call, Operation, Work


class SitesQuery(Struct, forbid_unknown_fields=True):
    """``cursor`` is the ``next`` of the page before; ``filter`` is a part of the serial number."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str, Meta(max_length=32)] | None = None
    filter: Annotated[str, Meta(max_length=32)] = ""
    warned: bool = False
    """Only those that somebody posed as."""


def get_sites(call: Call) -> CloudSites:
    """Some sites, in the order of their serial numbers."""
    query: SitesQuery = call.query
    return cloud_sites.page(
        call.open, query.cursor, query.limit, containing=query.filter.strip(), warned=query.warned
    )


def post_site(call: Call) -> CloudSiteAdded:
    """Let a site register."""
    body: CloudSiteNew = call.body
    return cloud_sites.add(call.store, call.who, body)


def reset_site(call: Call) -> CloudSiteAdded:
    """Let a site register anew, with another key."""
    body: CloudSiteReset = call.body
    added = cloud_sites.reset(call.store, call.who, call.path["serial"], body.password)
    # Its server hears at once that its token is void, and registers anew.
    call.cloud.news.ring_from_thread(added.serial)
    return added


def delete_site(call: Call) -> None:
    """Forget a site with all that is kept of it."""
    cloud_sites.remove(call.open, call.who, call.path["serial"])


_PASSWORD = ("reauthentication_needed", "password_short", "password_common", "text_too_long")

OPERATIONS = (
    Operation("GET", "/v1/cloud/sites", get_sites, "Sites of this cloud", CloudSites, query=SitesQuery),
    Operation(
        "POST",
        "/v1/cloud/sites",
        post_site,
        "Let a site register",
        CloudSiteAdded,
        work=Work.NOTHING,
        status=201,
        body=CloudSiteNew,
        hashes=True,
        refusals=("serial_invalid", "cloud_site_exists", *_PASSWORD),
    ),
    Operation(
        "POST",
        "/v1/cloud/sites/{serial}/reset",
        reset_site,
        "Let a site register anew, and forget what it has left",
        CloudSiteAdded,
        work=Work.NOTHING,
        body=CloudSiteReset,
        hashes=True,
        refusals=("cloud_site_unknown", *_PASSWORD),
    ),
    Operation(
        "DELETE",
        "/v1/cloud/sites/{serial}",
        delete_site,
        "Forget a site",
        None,
        work=Work.WRITE,
        status=204,
        refusals=("reauthentication_needed", "cloud_site_unknown"),
    ),
)
