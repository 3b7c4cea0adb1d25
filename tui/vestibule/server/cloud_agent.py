"""Speaks with the site's cloud by itself: registers, says where the site is, leaves versions, takes updates.

One process of a site speaks at a time. A cloud that is away, or says something strange, changes nothing here:
it is asked again, ever more seldom, and what is wrong stands in the status.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from anyio import to_thread

from vestibule.access import cloud_beats, cloud_link, cloud_tickets, cloud_updates
from vestibule.access.cloud_beats import Copy, Look
from vestibule.access.cloud_link import Plan
from vestibule.access.hook_runner import HookRunner
from vestibule.cloud_models import CloudNews, Presence
from vestibule.server.cloud_caller import CloudCaller, CloudTrouble
from vestibule.server.cloud_carrier import Carrier
from vestibule.server.cloud_news import CloudPart
from vestibule.server.events import Bell
from vestibule.store.engine import Store, Transaction
from vestibule.store.errors import StoreError

BEAT_SECONDS: Final = 300.0
"""How often the cloud is told where the site is when nothing has changed."""
_RENEW_SECONDS = 20.0
_CALM = 0.1
"""Seconds in which several local changes become one look."""
_IDLE_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_HUMAN_PAUSE = 900.0
_WELL_SECONDS = 60.0
"""After so long a conversation what was wrong before it has nothing to do with what is wrong now."""
_NEEDS_HUMAN = frozenset({"cloud_password_wrong", "cloud_key_changed", "cloud_certificate_differs"})
"""Asking again soon would change nothing, and count as guessing."""
_log = logging.getLogger("vestibule.cloud")
T = TypeVar("T")


class CloudAgent:
    """The part of a server that speaks with its cloud."""

    def __init__(self, store: Store, part: CloudPart, packages: Path, hooks: HookRunner, bell: Bell) -> None:
        self._store, self._part, self._bell = store, part, bell
        self._name = secrets.token_hex(8)
        self._carrier = Carrier(store, packages, hooks, bell)
        self._woken = asyncio.Event()
        self._renewed_at = 0.0
        self._place: Presence | None = None
        self._beat_at = 0.0
        self._news: CloudNews | None = None
        self._listening: asyncio.Task[CloudNews] | None = None
        self._heard_at = 0.0
        self._left = 0
        """The newest version left at the cloud in this conversation."""
        self._troubled = True
        """Whether the status may say that something is wrong."""
        self._logged = ""

    async def run(self) -> None:
        """Speak until cancelled; at once over when the host's settings name no cloud."""
        if self._part.address is None:
            return
        self._woken = self._bell.listen()
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._speak_if_may()
                pause = _FIRST_PAUSE
                continue
            except StoreError as error:
                _log.warning("cloud: %s", error.code)
            except Exception as error:
                # The message may hold what the cloud said: only its kind is logged.
                _log.error("cloud: %s", type(error).__name__)
            await asyncio.sleep(_jitter(pause))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def stop(self, running: asyncio.Task[None]) -> None:
        """End ``running`` and let another process speak."""
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        self._bell.leave(self._woken)
        if self._renewed_at:
            with suppress(StoreError):
                await self._write(lambda tx: cloud_link.leave(tx, self._name))

    async def _speak_if_may(self) -> None:
        """Speak if there is all that is needed, and no other process of this site does; else wait."""
        if not (await self._look()).plan.ready:
            await self._wait(_IDLE_SECONDS)
        elif await self._renew():
            await self._speak()
        else:
            # Not woken by changes: each try is one.
            await asyncio.sleep(_jitter(_RENEW_SECONDS))

    async def _renew(self) -> bool:
        """Stay the one who speaks. Called often, written seldom."""
        if time.monotonic() - self._renewed_at < _RENEW_SECONDS:
            return True
        mine = await self._write(self._take_turn)
        self._renewed_at = time.monotonic() if mine else 0.0
        return mine

    def _take_turn(self, tx: Transaction) -> bool:
        cloud_link.ensure_key(tx)
        return cloud_link.take_turn(tx, self._name)

    async def _speak(self) -> None:
        """Until this process may not, or there is nothing to speak with any more."""
        assert self._part.address is not None
        pause = _FIRST_PAUSE
        while await self._renew():
            look = await self._look()
            if not look.plan.ready:
                return
            began = time.monotonic()
            try:
                async with CloudCaller(self._part.address) as caller:
                    await self._converse(caller)
                pause = _FIRST_PAUSE
            except CloudTrouble as trouble:
                if time.monotonic() - began > _WELL_SECONDS:
                    pause = _FIRST_PAUSE
                await self._note_trouble(trouble)
                most = _HUMAN_PAUSE if trouble.code in _NEEDS_HUMAN else pause
                await self._wait_for_change(look, max(_jitter(most), trouble.retry_after))
                pause = min(pause * 2, _LONGEST_PAUSE)
            finally:
                await self._hang_up()

    async def _converse(self, caller: CloudCaller) -> None:
        """Tell what there is to tell, then wait for news of either side, and again."""
        self._place, self._left = None, 0
        while await self._renew():
            look = await self._look()
            if not look.plan.ready:
                await self._say_goodbye(caller, look)
                return
            if look.plan.token is None:
                await self._register(caller, look.plan)
                continue
            caller.token = look.plan.token.reveal
            await self._tell(caller, look)
            await self._take(caller, look)
            if self._troubled:
                await self._write(cloud_link.well)
                self._troubled, self._logged = False, ""
            await self._wait_for_news(caller)

    async def _say_goodbye(self, caller: CloudCaller, look: Look) -> None:
        """Switched off, the site lets itself be found no more: that is the last thing the cloud is told."""
        if not look.plan.on and look.plan.token is not None and self._place is not None:
            await self._beat(caller, look.plan)

    async def _register(self, caller: CloudCaller, plan: Plan) -> None:
        token = await caller.register(await self._write(lambda tx: cloud_beats.registration(tx, plan)))

        def keep(tx: Transaction) -> None:
            cloud_link.registered(tx, plan, token)
            cloud_tickets.tell_all_again(tx)

        await self._write(keep)
        self._carrier.begin_anew()

    async def _tell(self, caller: CloudCaller, look: Look) -> None:
        """What the cloud does not know yet: where the site is, tickets taken back, outcomes, versions."""
        late = time.monotonic() - self._beat_at >= BEAT_SECONDS
        if look.place != self._place or look.voids or late:
            await self._beat(caller, look.plan)
        for outcome in look.outcomes:
            await self._heard(await caller.settle(outcome))
            await self._write(partial(cloud_updates.told, outcome=outcome))
        # A cloud that says it had nothing is not sent everything again and again.
        while self._news is not None and max(self._news.held, self._left) < look.newest:
            copy = await self._read(lambda tx: self._next_copy(tx, look.plan))
            if copy is None:
                return
            await self._heard(await self._carrier.leave(caller, copy, self._renew))
            self._left = copy.number

    def _next_copy(self, tx: Transaction, plan: Plan) -> Copy | None:
        held = self._news.held if self._news is not None else 0
        return cloud_beats.next_copy(tx, plan, max(held, self._left))

    async def _beat(self, caller: CloudCaller, plan: Plan) -> None:
        beat = await self._write(lambda tx: cloud_beats.beat(tx, plan, self._part))
        news = await caller.beat(beat.sent)
        self._place, self._beat_at = beat.place, time.monotonic()
        if beat.voids:
            await self._write(lambda tx: cloud_tickets.told(tx, beat.voids))
        await self._heard(news, contact=True)

    async def _take(self, caller: CloudCaller, look: Look) -> None:
        """Follow an update that runs; else take up what is offered, if System says so."""
        if look.running:
            await self._carrier.follow(look.plan)
        elif look.plan.updates and self._news is not None and self._news.waiting:
            await self._carrier.take(caller, look.plan, self._news.offer, self._renew)

    async def _heard(self, news: CloudNews, *, contact: bool = False) -> None:
        """Keep what the cloud has said, if it is new."""
        if contact or news != self._news:
            await self._write(lambda tx: cloud_link.heard(tx, news))
        self._news = news

    async def _note_trouble(self, trouble: CloudTrouble) -> None:
        def note(tx: Transaction) -> None:
            cloud_link.troubled(tx, trouble.code)
            if trouble.code == "cloud_token_unknown":
                cloud_link.forget_token(tx)

        if trouble.code != self._logged:
            self._logged = trouble.code
            _log.warning("cloud: %s", trouble.code)
        self._troubled = True
        await self._write(note)

    async def _wait_for_news(self, caller: CloudCaller) -> None:
        """Until the cloud has something, something has changed here, or it is time for the next beat."""
        if self._news is None:
            return
        if self._listening is None:
            self._listening = asyncio.create_task(caller.news(self._news.offer))
        woken = asyncio.create_task(self._woken.wait())
        due = max(0.0, self._beat_at + BEAT_SECONDS - time.monotonic())
        patience = min(due, _RENEW_SECONDS, self._carrier.patience())
        try:
            await asyncio.wait({self._listening, woken}, timeout=patience, return_when="FIRST_COMPLETED")
        finally:
            woken.cancel()
        if self._woken.is_set():
            await self._calm_down()
        if self._listening.done():
            listened, self._listening = self._listening, None
            await self._heard(await listened)
            # However often a cloud has news, it is heard once a second at most.
            await asyncio.sleep(max(0.0, self._heard_at + 1.0 - time.monotonic()))
            self._heard_at = time.monotonic()

    async def _hang_up(self) -> None:
        if self._listening is not None:
            listening, self._listening = self._listening, None
            listening.cancel()
            with suppress(asyncio.CancelledError, CloudTrouble):
                await listening

    async def _wait(self, seconds: float) -> None:
        """Until something has changed here, or the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        await self._calm_down()

    async def _calm_down(self) -> None:
        """Whatever else changes in the next moment is seen at the same look."""
        await asyncio.sleep(_CALM)
        self._woken.clear()

    async def _wait_for_change(self, before: Look, seconds: float) -> None:
        """Until the time is over, or what the trouble was about may be another."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await self._wait(min(left, _RENEW_SECONDS))
            if (await self._look()).asks_other_than(before) or not await self._renew():
                return

    async def _look(self) -> Look:
        return await self._read(lambda tx: cloud_beats.look(tx, self._part))

    async def _read(self, work: Callable[[Transaction], T]) -> T:
        def run() -> T:
            with self._store.read() as tx:
                return work(tx)

        return await to_thread.run_sync(run)

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        def run() -> T:
            with self._store.write() as tx:
                return work(tx)

        return await to_thread.run_sync(run)


def _jitter(seconds: float) -> float:
    """A thousand sites whose cloud was away do not come back in the same moment."""
    return seconds * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
