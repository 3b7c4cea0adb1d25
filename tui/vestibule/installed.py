"""Where this program is installed, for the files that a host's administrator prints."""

from __future__ import annotations

import sys
from pathlib import Path

USUAL = "/opt/vestibule/bin/vestibule"
"""Where those files, as they are shipped, expect it."""


def for_here(file: Path) -> str:
    """The text of a shipped file, with the program's real place."""
    beside = Path(sys.executable).with_name("vestibule")
    return file.read_text().replace(USUAL, str(beside if beside.exists() else USUAL))
