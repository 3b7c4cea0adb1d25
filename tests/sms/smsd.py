"""A real gammu-smsd on folders of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vestibule.sms.kinds import Spool

_CONFIG = """\
[gammu]
{connection}
[smsd]
Service = files
PIN =
LogFile = {folder}/log
DebugLevel = 0
PidFile = {folder}/pid
InboxPath = {folder}/inbox/
OutboxPath = {folder}/outbox/
SentSMSPath = {folder}/sent/
ErrorSMSPath = {folder}/error/
TransmitFormat = auto
LoopSleep = 1
RetryTimeout = 1
MaxRetries = {tries}
SendTimeout = 2
CommTimeout = 1
CheckSecurity = 0
CheckBattery = 0
CheckSignal = 0
CheckNetwork = 0
"""


@contextmanager
def smsd(folder: Path, connection: str, tries: int = 1) -> Iterator[Spool]:
    """The daemon, and the settings that go with it."""
    for name in ("inbox", "outbox", "sent", "error"):
        (folder / name).mkdir(parents=True)
    config = folder / "smsdrc"
    config.write_text(_CONFIG.format(folder=folder, connection=connection, tries=tries))
    pid = folder / "pid"
    command = ["gammu-smsd", "--config", str(config), "--pid", str(pid)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as daemon:
        try:
            wait_until(pid.exists)
            yield Spool(folder=folder, pid_file=pid)
        finally:
            daemon.terminate()
            try:
                daemon.wait(1)
            except subprocess.TimeoutExpired:
                daemon.kill()


def dummy(folder: Path) -> str:
    """gammu's driver without a phone: it takes everything."""
    (folder / "phone").mkdir(parents=True)
    return f"model = dummy\nconnection = none\ndevice = {folder}/phone\ngammuloc = /dev/null"


def wait_until(holds: Callable[[], object], seconds: float = 15) -> None:
    """Returns when ``holds`` does; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
