"""A ticket as a site gives it: kept by the serial number and the key it names, so these are proven first."""

from __future__ import annotations

from vestibule import cloud_address, signatures
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import Ticket, TicketDocument
from vestibule.remote.cloud_answers import ForgedAnswerError
from vestibule.signatures import ForgedError, Purpose


def judged_ticket(ticket: Ticket) -> Ticket:
    """``ticket``, if who gives it has the key that it says is its own: so none speaks for another site.

    Raises ForgedAnswerError; also for what could never be sent to a cloud.
    """
    try:
        signed = signatures.from_token(ticket.ticket)
        about = signatures.verified(signed, Purpose.TICKET, ticket.key, TicketDocument)
        said = cloud_address.load({"address": ticket.cloud, "fingerprint": ticket.cloud_fingerprint})
    except (ForgedError, ValueError):
        raise ForgedAnswerError from None
    if said != CloudAddress(ticket.cloud, ticket.cloud_fingerprint) or about.serial != ticket.serial:
        raise ForgedAnswerError
    return ticket
