"""Files for the host of a kiosk: units for systemd, a recipe for sshd."""

from __future__ import annotations

from pathlib import Path

from vestibule.installed import for_here

FILES = {
    "tty": "vestibule-kiosk@.service",
    "web": "vestibule-kiosk-web.service",
    "sshd": "sshd_kiosk.conf",
}


def recipe(kind: str) -> str:
    """The file for this ``kind`` of kiosk, with the program's real place."""
    return for_here(Path(__file__).parent / FILES[kind])
