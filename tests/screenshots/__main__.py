"""Draws the pictures from the demo site: ``.venv/bin/python -m tests.screenshots``.

They are real screens of the real program; a font is not embedded, so that they stay small and load nothing.
Those that the README shows lie in ``screenshots/``, every screen at every size in ``screenshots/sizes/``.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.screenshots.drawing import EVERY_SIZE
from tests.screenshots.scenes import draw_all
from tests.screenshots.steady import steady
from vestibule.config import Folders
from vestibule.remote.embedded import create_demo


def main() -> None:
    """Draw all pictures."""
    EVERY_SIZE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, steady() as clock:
        root = Path(made)
        here = Folders(root / "config", root / "state", root / "cache")
        create_demo(here)
        asyncio.run(draw_all(here, clock))


if __name__ == "__main__":
    main()
