"""Carries the outbox's messages in a thread of its own: sends, asks, gives up, has them forgotten."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from vestibule.access import outbox
from vestibule.access.outbox import Gateway
from vestibule.store.clock import SECOND
from vestibule.store.engine import Store
from vestibule.store.errors import StoreError

_LONGEST_SLEEP = 15.0
_AFTER_TROUBLE = 5.0
_log = logging.getLogger("vestibule.sms")


class OutboxRunner:
    """Works while there is a gateway. ``told`` is called after something has moved."""

    def __init__(self, store: Store, gateway: Gateway | None, told: Callable[[], None]) -> None:
        self._store = store
        self._gateway = gateway
        self._told = told
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to carry messages."""
        if self._gateway is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Something may be waiting; from any thread."""
        self._woken.set()

    def close(self) -> None:
        """Stop after the message in hand; the others wait in the outbox."""
        self._stopping = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        assert self._gateway is not None
        while not self._stopping:
            self._woken.clear()
            try:
                pause = self.carry_due(self._gateway)
            except StoreError as error:
                _log.warning("outbox: %s", error.code)
                pause = _AFTER_TROUBLE
            except Exception as error:
                # The message may hold a code: only its kind is logged.
                _log.error("outbox: %s", type(error).__name__)
                pause = _AFTER_TROUBLE
            self._woken.wait(pause)

    def carry_due(self, gateway: Gateway) -> float:
        """Do what is due now; returns the seconds until there may be more."""
        while not self._stopping and self._carry_one(gateway):
            self._told()
        self._forget_dead(gateway)
        with self._store.read() as tx:
            return min(max(0.05, (outbox.next_due(tx) - tx.now) / SECOND), _LONGEST_SLEEP)

    def _carry_one(self, gateway: Gateway) -> bool:
        with self._store.read() as tx:
            if outbox.next_due(tx) > tx.now:
                return False
        with self._store.write() as tx:
            task = outbox.take_up(tx, gateway)
        if task is None:
            return False
        # No transaction is open while a slow gateway is talked to.
        if task.message is not None:
            receipt = gateway.channel.send(task.message)
        else:
            receipt = gateway.channel.follow(task.id, task.provider_id)
        with self._store.write() as tx:
            outbox.settle(tx, task, receipt)
        return True

    def _forget_dead(self, gateway: Gateway) -> None:
        with self._store.read() as tx:
            waiting = outbox.anything_over(tx)
        if not waiting:
            return
        with self._store.write() as tx:
            outbox.give_up(tx)
            dead = outbox.to_clear(tx)
        for message_id in dead:
            gateway.channel.withdraw(message_id)
            with self._store.write() as tx:
                outbox.cleared(tx, message_id)
        self._told()
