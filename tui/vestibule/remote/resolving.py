"""The addresses of a host name, asked for beside everything else."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from contextlib import suppress

from vestibule.i18n import _
from vestibule.remote.errors import Unreachable

MOST = 4
"""Addresses of one name that are tried."""


async def addresses(host: str, port: int) -> list[str]:
    """The addresses of ``host``, the best first. Raises Unreachable when it has none.

    Each question has a thread of its own that nobody waits for: asyncio's would keep the program from ending
    until a dead name server is given up, and hold up other questions meanwhile.
    """
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return [host]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str] | OSError] = loop.create_future()

    def tell(found: list[str] | OSError) -> None:
        if not answer.done():
            answer.set_result(found)

    def ask() -> None:
        found = _look_up(host, port)
        with suppress(RuntimeError):  # the program has ended meanwhile
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=ask, name="name service", daemon=True).start()
    found = await answer
    if isinstance(found, OSError):
        raise Unreachable(_("its name is not known here")) from found
    return found


def _look_up(host: str, port: int) -> list[str] | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError:  # a name that no name can be
        return socket.gaierror(socket.EAI_NONAME, "no name")
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST]
