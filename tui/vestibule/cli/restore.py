"""``vestibule restore``: a site back from its backup, onto a machine that has none."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vestibule.cli import asking
from vestibule.cli.keeping import Teller, passphrase_in, stopped_cleanly
from vestibule.cli.output import say, show, show_json
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.models import Secret
from vestibule.remote.embedded import Kept
from vestibule.remote.errors import ApiProblem
from vestibule.text import visible

_STOPPED = 130
_BROKEN = 1


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("restore", help=_("put a site back from its backup, where none is"))
    parser.add_argument("file", metavar=_("FILE"), type=Path, help=_("see: vestibule backup"))
    secret = _("a file with the backup's passphrase; - reads it from stdin")
    parser.add_argument("--passphrase-file", metavar="F", type=Path, help=secret)
    same = _(
        "nobody was removed, disabled or changed since the backup, and nothing ended or used: "
        "keep devices and recovery codes"
    )
    parser.add_argument("--unchanged", action="store_true", help=same)
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    passphrase = passphrase_in(options.passphrase_file)
    try:
        with stopped_cleanly():
            done = _restored(options, passphrase)
    except KeyboardInterrupt:
        say("\n" + _("Stopped. Nothing was changed."))
        return _STOPPED
    except ApiProblem as refused:
        if refused.problem.code == "site_exists" and folders().site_database.is_file:
            said = _("A backup is restored where no site is: move %s away first, if that one is lost.")
            say(said % visible(str(folders().state)))
        raise
    if options.json:
        show_json({"rows": done.rows, "audit_head": done.head, "at": done.at, "void": dict(done.voided)})
    else:
        show(_("The site is back, as it was %s.") % done.at.astimezone().strftime("%Y-%m-%d %H:%M"))
        _say_void(done, options.unchanged)
    if not done.whole:
        say(_("Its record of decisions was altered before; see: vestibule audit verify"))
    return 0 if done.whole else _BROKEN


def _restored(options: argparse.Namespace, passphrase: Secret | None) -> Kept:
    from vestibule.remote.embedded import restore

    teller = Teller()
    try:
        return restore(folders(), options.file, passphrase, teller, unchanged=options.unchanged)
    except ApiProblem as refused:
        if refused.problem.code != "backup_passphrase_needed" or not asking.is_somebody_there():
            raise
    finally:
        teller.end()
    return _restored(options, Secret(asking.ask_secret(_("The backup's passphrase"))))


def _say_void(done: Kept, unchanged: bool) -> None:
    void = done.voided
    say(_("Everybody signs in anew. One-time codes that were waiting are revoked: %d") % void["codes"])
    if unchanged:
        return
    said = _("Devices that are forgotten: %(devices)d. Recovery codes that are void: %(recovery_codes)d.")
    say(said % void)
    say(_("A backup does not know what was decided after it: who was removed, disabled or changed."))
    say(_("Look through the clients before others come in: vestibule clients list"))
