"""``vestibule demo``: a site to look around in, gone when one leaves."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vestibule.cli.desk import add_flags, show, wishes
from vestibule.cli.output import say
from vestibule.config import Folders, links
from vestibule.i18n import _
from vestibule.models import SignIn
from vestibule.remote.connection import Connection


@contextmanager
def demo_folders() -> Iterator[Folders]:
    """Folders of a fresh demo site, private to this user and removed at the end.

    A signal that ends the process without unwinding leaves them behind: the caller turns SIGTERM and
    SIGHUP into an exit. Raises ApiProblem when the site cannot be made.
    """
    from vestibule.remote.embedded import create_demo

    # SQLite may drop its own -wal and -shm files while the folder is being removed.
    with tempfile.TemporaryDirectory(prefix="vestibule-demo-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        here = Folders(root / "config", root / "state", root / "cache")
        create_demo(here)
        yield here


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("demo", help=_("look around in a site that is gone when you leave"))
    add_flags(parser, argparse.SUPPRESS)  # also behind the command's name
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from vestibule.remote.embedded import DEMO_PASSWORD

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    say(_("Making a demo site…"))
    with demo_folders() as here:
        notice = _("A demo: you are “service”, password “%s”. All of it is gone when you leave.")
        welcome = SignIn(mode="password", username="service", password=DEMO_PASSWORD)
        connection = Connection(here, links=links(), welcome=welcome, notice=notice % DEMO_PASSWORD)
        return show(connection, wishes(options))
