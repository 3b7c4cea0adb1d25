"""Runs apply hooks in the background, one after the other, each within its time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vestibule import program
from vestibule.access import hooks, settings
from vestibule.store.engine import Store, Transaction
from vestibule.store.errors import StoreError

_TERM_SECONDS = 2.0
_TRIES = 5
_CANNOT_RUN = 126
_log = logging.getLogger("vestibule.hooks")


@dataclass(frozen=True)
class Outcome:
    """What came of one run: ``exit`` is None when it had to be stopped."""

    exit: int | None
    seconds: float
    output: bytes


class HookRunner:
    """The hooks of one folder. ``told`` is called after each result was stored."""

    def __init__(self, store: Store, folder: Path | None, told: Callable[[], None]) -> None:
        self._store = store
        self._folder = folder
        self._told = told
        self._queue: ThreadPoolExecutor | None = None
        self._stopping = threading.Event()
        self._queued = 0
        self._quiet = threading.Condition()

    def plan(self, tx: Transaction, version: int) -> None:
        """Write down, in the upload's transaction, what :meth:`run` will run."""
        hooks.plan(tx, hooks.found(self._folder), version)

    def run(self, version: int) -> None:
        """Run the hooks for ``version``, after those before it; returns at once."""
        planned = hooks.found(self._folder)
        if not planned or self._stopping.is_set():
            return
        with self._quiet:
            self._queue = self._queue or ThreadPoolExecutor(1, "hooks")
            self._queued += 1
        self._queue.submit(self._run_all, planned, version)

    @property
    def busy(self) -> bool:
        """Whether hooks run or wait."""
        return self._queued > 0

    def close(self, patience: float = 10.0) -> None:
        """Give the running hooks ``patience`` seconds, then stop them."""
        with self._quiet:
            self._quiet.wait_for(lambda: not self._queued, patience)
        self._stopping.set()
        if self._queue is not None:
            self._queue.shutdown(wait=True)

    def _run_all(self, planned: list[Path], version: int) -> None:
        try:
            for hook in planned:
                self._run_one(hook, version)
        except Exception as error:
            _log.error("hooks of version %d: %s", version, type(error).__name__)
        finally:
            with self._quiet:
                self._queued -= 1
                self._quiet.notify_all()

    def _run_one(self, hook: Path, version: int) -> None:
        with self._store.read() as tx:
            told = hooks.message(tx, version, hooks.may_have_secrets(hook))
            secrets = list(settings.secret_values(tx).values())
        if told is None:
            outcome = Outcome(None, 0.0, b"Not run: a newer version is in force.")
        elif self._stopping.is_set():
            outcome = Outcome(None, 0.0, b"Not run: the server stopped.")
        else:
            outcome = run_hook(hook, told, hooks.tail_needed(secrets), self._stopping)
        output = hooks.masked(outcome.output, secrets)
        self._keep(lambda tx: hooks.finished(tx, version, hook.name, outcome.exit, outcome.seconds, output))

    def _keep(self, write: Callable[[Transaction], None]) -> None:
        for _ in range(_TRIES):
            try:
                with self._store.write() as tx:
                    write(tx)
            except StoreError as error:
                _log.warning("hook result: %s", error.code)
                continue
            self._told()
            return


def run_hook(hook: Path, told: bytes, tail: int, stopping: threading.Event) -> Outcome:
    """Run one hook with ``told`` on stdin; of what it says the last ``tail`` bytes are kept."""
    began = time.monotonic()
    limit, grace = hooks.TIME_LIMIT, _TERM_SECONDS
    try:
        ended = program.run([str(hook)], told, limit=limit, grace=grace, tail=tail, stopping=stopping)
    except OSError as error:
        return Outcome(_CANNOT_RUN, 0.0, f"Cannot be run: {error.strerror}".encode())
    output = ended.said
    if ended.exit is None:
        why = "the server stopped" if stopping.is_set() else "it took too long"
        output = (output + f"\nStopped: {why}.".encode())[-tail:]
    return Outcome(ended.exit, time.monotonic() - began, output)
