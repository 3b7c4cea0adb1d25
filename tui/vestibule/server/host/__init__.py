"""The unit by which systemd runs the server."""

from __future__ import annotations

from pathlib import Path

from vestibule.installed import for_here


def unit() -> str:
    """The unit, with the program's real place."""
    return for_here(Path(__file__).with_name("vestibule.service"))
