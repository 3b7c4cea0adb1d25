"""Spends a code in this process and kills it before a given statement: ``kill_at.py STATE CODE N``.

Started by ``test_kill.py``; prints nothing when killed, ``done`` when it lived through.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from vestibule.access import signin
from vestibule.store.engine import open_store

state, code, fatal = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = open_store(state)
statements = 0


def count(*_: Any) -> None:
    """Die, with no chance to tidy up, before statement number ``fatal``."""
    global statements
    statements += 1
    if statements == fatal:
        os.kill(os.getpid(), signal.SIGKILL)


event.listen(store.engine, "before_cursor_execute", count)
event.listen(store.engine, "commit", count)
signin.by_code(store, "192.0.2.1", code, "Anna Rossi", "pc")
print("done")
