"""Login codes through a real gammu-smsd: they go, and nothing of them is left lying about."""

from __future__ import annotations

from pathlib import Path

from tests.access.people import Time
from tests.needs import needs
from tests.sms.smsd import dummy, smsd, wait_until
from vestibule.access import outbox
from vestibule.access.outbox import Gateway
from vestibule.access.outbox_runner import OutboxRunner
from vestibule.sms.kinds import Spool
from vestibule.sms.settings import make
from vestibule.store.clock import MINUTE, SECOND
from vestibule.store.engine import Store
from vestibule.two_factor_models import Delivery, Sms, SmsPurpose

TEXT = "735190 is your verification code"


def lying_about(folder: Path) -> list[str]:
    """Files of the spool that hold the text, in any encoding that is used there."""
    forms = [TEXT.encode(), TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


def queued(store: Store, gateway: Gateway) -> str:
    with store.write() as tx:
        return outbox.queue(tx, gateway, "+41791234412", SmsPurpose.LOGIN, TEXT, 600)


def seen(store: Store, message_id: str) -> Sms:
    with store.read() as tx:
        return outbox.view(outbox.find(tx, message_id))


@needs("gammu-smsd")
def test_a_code_goes_by_the_daemon_and_is_forgotten(store: Store, tmp_path: Path) -> None:
    folder, time = tmp_path / "spool", Time(store)
    with smsd(folder, dummy(folder)) as settings:
        gateway = Gateway(make(settings), settings)
        runner = OutboxRunner(store, gateway, lambda: None)
        sent = queued(store, gateway)
        runner.carry_due(gateway)
        assert seen(store, sent).delivery is Delivery.QUEUED, "handed over is not sent"

        def gone() -> bool:
            time.forward(2 * SECOND)
            runner.carry_due(gateway)
            return seen(store, sent).delivery is Delivery.SENT

        wait_until(gone)
        time.forward(11 * MINUTE)
        runner.carry_due(gateway)
        # What the phone itself keeps is not the server's: only gammu's folders are looked at.
        assert [name for part in ("outbox", "sent", "error") for name in lying_about(folder / part)] == []


def test_a_daemon_that_is_away_gets_nothing_late(store: Store, tmp_path: Path) -> None:
    folder, time = tmp_path / "spool", Time(store)
    for name in ("inbox", "outbox", "sent", "error"):
        (folder / name).mkdir(parents=True)
    settings = Spool(folder=folder)
    gateway = Gateway(make(settings), settings)
    runner = OutboxRunner(store, gateway, lambda: None)
    waiting = queued(store, gateway)
    runner.carry_due(gateway)
    assert lying_about(folder), "it waits for the daemon"
    time.forward(5 * MINUTE)
    runner.carry_due(gateway)
    assert seen(store, waiting).delivery is Delivery.QUEUED
    time.forward(5 * MINUTE)
    runner.carry_due(gateway)
    assert seen(store, waiting).delivery is Delivery.FAILED
    assert lying_about(folder) == []
