"""What is told of a mistake of ours: where it happened, and no value of anything."""

from __future__ import annotations

import traceback

from rich.text import Text
from textual.worker import WorkerFailed

from vestibule.i18n import _

_FRAMES = 8


def told(error: Exception) -> Text:
    """A sentence and the last places in the code; the message of ``error`` may hold what was typed."""
    if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
        error = error.error
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    sentence = _("Vestibule made a mistake and had to stop. Nothing on the server was changed by it.")
    return Text(f"{sentence}\n{type(error).__name__}\n{where}")
