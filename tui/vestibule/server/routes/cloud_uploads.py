"""What uploaders say to a cloud: versions that they leave for a site."""

from __future__ import annotations

from vestibule.access import cloud_packages, cloud_registration, cloud_versions
from vestibule.cloud_models import CloudOffer, Signed, UploadAsk, UploadGrant
from vestibule.server.operation import Call, Needs, Operation, Work
from vestibule.server.routes.cloud_uplink import PACKAGE, PROOF, VERSION_LIMIT, principal_of


def post_grant(call: Call) -> UploadGrant:
    """Let an uploader leave versions for a site."""
    body: UploadAsk = call.body
    return cloud_registration.grant(call.store, call.who, body)


def get_newest(call: Call) -> Signed:
    """The newest version of the site, for an uploader to build upon."""
    site = cloud_registration.uploader_of(call.open, call.token)
    return cloud_versions.newest(call.open, site)


def put_offer(call: Call) -> CloudOffer:
    """Leave a version for the site."""
    with call.store.read() as tx:
        site = cloud_registration.uploader_of(tx, call.token)
    folder = cloud_packages.folder_of(call.packages, site.serial)
    kept = cloud_versions.offer(call.store, principal_of(site, call.who), site, folder, call.body)
    call.cloud.news.ring_from_thread(site.serial)
    return kept


def get_outcome(call: Call) -> CloudOffer:
    """What came of the last offer."""
    site = cloud_registration.uploader_of(call.open, call.token)
    return cloud_versions.outcome_of(call.open, site.serial)


OPERATIONS = (
    Operation(
        "POST",
        "/v1/cloud/uploads",
        post_grant,
        "An uploader proves that he may leave versions for a site",
        UploadGrant,
        needs=Needs.ANYONE,
        work=Work.NOTHING,
        status=201,
        body=UploadAsk,
        hashes=True,
        refusals=(*PROOF, "cloud_not_registered"),
    ),
    Operation(
        "GET",
        "/v1/cloud/uploads/newest",
        get_newest,
        "The newest version of the site",
        Signed,
        needs=Needs.CLOUD,
        refusals=("version_unknown",),
    ),
    Operation(
        "PUT",
        "/v1/cloud/uploads/offer",
        put_offer,
        "Leave a version for the site",
        CloudOffer,
        needs=Needs.CLOUD,
        work=Work.NOTHING,
        body=Signed,
        refusals=("cloud_forged", "cloud_base_stale", "too_many_attempts", *PACKAGE),
        body_limit=VERSION_LIMIT,
    ),
    Operation(
        "GET",
        "/v1/cloud/uploads/offer",
        get_outcome,
        "What came of the last offer",
        CloudOffer,
        needs=Needs.CLOUD,
        refusals=("version_unknown",),
    ),
)
