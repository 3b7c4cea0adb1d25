"""Whether somebody reads this by ear or by braille."""

from __future__ import annotations

import os
from collections.abc import Mapping


def wants_plain(environ: Mapping[str, str] = os.environ) -> bool:
    """``VESTIBULE_PLAIN=1``: commands print one fact per line, and the screens show the terminal's cursor."""
    return environ.get("VESTIBULE_PLAIN", "") not in ("", "0")
