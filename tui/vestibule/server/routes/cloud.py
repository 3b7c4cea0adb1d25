"""This site and its cloud: how they stand, whose versions are taken, tickets for clients."""

from __future__ import annotations

from vestibule.access import cloud_signers, cloud_status, cloud_tickets
from vestibule.cloud_models import CloudStatus, Signer, SignerNew, Signers, Ticket
from vestibule.server.operation import Call, Needs, Operation, Work


def get_cloud(call: Call) -> CloudStatus:
    """How this site stands with its cloud."""
    return cloud_status.show(call.open, call.cloud.address, call.cloud.trouble)


def get_signers(call: Call) -> Signers:
    """The uploaders whose versions are taken."""
    return cloud_signers.page(call.open)


def post_signer(call: Call) -> Signer:
    """Take an uploader's versions from now on."""
    body: SignerNew = call.body
    return cloud_signers.add(call.open, call.who, body)


def delete_signer(call: Call) -> None:
    """Take an uploader's versions no more."""
    cloud_signers.remove(call.open, call.who, call.path["fingerprint"])


def post_ticket(call: Call) -> Ticket:
    """A ticket for the client that asks."""
    return cloud_tickets.issue(call.open, call.who, call.cloud.address)


OPERATIONS = (
    Operation("GET", "/v1/cloud", get_cloud, "How this site stands with its cloud", CloudStatus),
    Operation("GET", "/v1/cloud/signers", get_signers, "Uploaders whose versions are taken", Signers),
    Operation(
        "POST",
        "/v1/cloud/signers",
        post_signer,
        "Take an uploader's versions",
        Signer,
        work=Work.WRITE,
        status=201,
        body=SignerNew,
        refusals=(
            "reauthentication_needed",
            "name_needed",
            "cloud_key_invalid",
            "signer_exists",
            "text_too_long",
            "text_hidden_characters",
            "text_too_many_marks",
        ),
    ),
    Operation(
        "DELETE",
        "/v1/cloud/signers/{fingerprint}",
        delete_signer,
        "Take an uploader's versions no more",
        None,
        work=Work.WRITE,
        status=204,
        refusals=("reauthentication_needed", "signer_unknown"),
    ),
    Operation(
        "POST",
        "/v1/me/cloud-ticket",
        post_ticket,
        "A ticket for the site's cloud",
        Ticket,
        needs=Needs.SESSION,
        work=Work.WRITE,
        status=201,
        refusals=("cloud_off", "cloud_access_off"),
    ),
)
