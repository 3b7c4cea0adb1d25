"""The ticket by which a client finds its site, and its package, at the site's cloud."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from vestibule.config import Folders
from vestibule.remote.cloud_book import CloudBook
from vestibule.remote.errors import ApiProblem, Unreachable

if TYPE_CHECKING:
    from vestibule.models import Client
    from vestibule.remote.cloud_calls import CloudCalls


async def renew(
    api: CloudCalls, folders: Folders, address: str, client: Client, *, anew: bool = False
) -> bool:
    """Get another for ``client`` of the site at ``address``, if it is time and they may have one.

    ``anew``: what the last one says may not be so any more. Whether there is a new one now. Raises OSError
    when it cannot be kept.
    """
    book, whose = CloudBook(folders), (address, client.id)
    with suppress(ApiProblem, Unreachable):
        if client.cloud_access and (anew or await asyncio.to_thread(book.needs_ticket, *whose)):
            ticket = await api.cloud_ticket()
            await asyncio.to_thread(book.keep_ticket, ticket, *whose)
            return True
    return False
