"""A real TCP proxy with bad habits, between a client and a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Allow = Callable[[bytes], bool]


def _pass(_data: bytes) -> bool:
    return True


class Proxy:
    """Passes bytes on."""

    def __init__(self, to: int) -> None:
        self.to = to
        """The port it leads to; may be another server's later."""
        self.cut_idle: float | None = None
        """Connections begun from now on are cut when they were idle for so many seconds."""
        self.cuts = 0
        self.on_request: Allow = _pass
        """Told what a client sends; False cuts the connection instead of passing it on."""
        self.on_answer: Allow = _pass
        """The same for what the server sends."""
        self.port = 0
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        with suppress(OSError, asyncio.CancelledError):
            there, back = await asyncio.open_connection("127.0.0.1", self.to)
            try:
                await self._join(reader, writer, there, back)
            finally:
                back.transport.abort()
        writer.transport.abort()
        self._open.discard(task)

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        back: asyncio.StreamWriter,
    ) -> None:
        touched = time.monotonic()

        async def move(source: asyncio.StreamReader, to: asyncio.StreamWriter, requests: bool) -> None:
            nonlocal touched
            while data := await source.read(65536):
                touched = time.monotonic()
                if not (self.on_request if requests else self.on_answer)(data):
                    return
                to.write(data)
                await to.drain()

        async def watch(limit: float) -> None:
            while (left := touched + limit - time.monotonic()) > 0:  # noqa: ASYNC110 - nothing shall happen
                await asyncio.sleep(left)
            self.cuts += 1

        tasks = [asyncio.create_task(move(reader, back, True))]
        tasks.append(asyncio.create_task(move(there, writer, False)))
        tasks += [asyncio.create_task(watch(self.cut_idle))] if self.cut_idle is not None else []
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """End all connections."""
        open_now = list(self._open)
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


@asynccontextmanager
async def proxy(to: int) -> AsyncIterator[Proxy]:
    """A proxy on 127.0.0.1 that leads to the port ``to`` there."""
    made = Proxy(to)
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made
        listening.close()
        await made.close()
