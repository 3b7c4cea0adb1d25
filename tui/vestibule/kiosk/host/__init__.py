"""Files for the host of a kiosk: units for systemd, a recipe for sshd."""

from __future__ import annotations

import sys
from pathlib import Path

FILES = {
    "tty": "vestibule-kiosk@.service",
    "web": "vestibule-kiosk-web.service",
    "sshd": "sshd_kiosk.conf",
}
USUAL = "/opt/vestibule/bin/vestibule"
"""Where the files, as they are shipped, expect the program."""


def recipe(kind: str) -> str:
    """The file for this ``kind`` of kiosk, with the program's real place."""
    return (Path(__file__).parent / FILES[kind]).read_text().replace(USUAL, program())


def program() -> str:
    """Where ``vestibule`` is installed."""
    beside = Path(sys.executable).with_name("vestibule")
    return str(beside if beside.exists() else USUAL)
