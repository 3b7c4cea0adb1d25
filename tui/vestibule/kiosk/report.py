"""Where a mistake of ours is told: not on a screen that guests look at."""

from __future__ import annotations

import syslog

from vestibule.crash import told


def report(error: Exception) -> None:
    """Into the system's log: where it happened, and no value of anything."""
    syslog.openlog("vestibule-kiosk")
    for line in told(error).plain.splitlines():
        syslog.syslog(syslog.LOG_ERR, line)
