"""``vestibule backup``: everything that this machine's site is, in one file."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vestibule.cli.keeping import Teller, passphrase_in, stopped_cleanly
from vestibule.cli.output import USAGE, Stop, say, show, show_json
from vestibule.config import folders
from vestibule.i18n import _, ngettext
from vestibule.text import visible

_STOPPED = 130
_BROKEN = 1
_NAME = re.compile(r"vestibule-\d{8}T\d{6}Z\.backup")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("backup", help=_("write everything that the site is into one file"))
    parser.add_argument("file", metavar=_("FILE"), type=Path, help=_("or a folder, in which it gets a name"))
    secret = _("a file with a passphrase that encrypts the backup; - reads it from stdin")
    parser.add_argument("--passphrase-file", metavar="F", type=Path, help=secret)
    parser.add_argument("--overwrite", action="store_true", help=_("replace a file of this name"))
    keep = _("in a folder of this site's own: delete all but its newest N backups")
    parser.add_argument("--keep", metavar="N", type=_count, help=keep)
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_run)


def _count(written: str) -> int:
    if not written.isdecimal() or int(written) < 1:
        raise argparse.ArgumentTypeError(_("write how many are kept, 1 or more"))
    return int(written)


def _run(options: argparse.Namespace) -> int:
    from vestibule.remote.embedded import back_up

    folder, file = options.file, options.file
    if folder.is_dir():
        file = folder / datetime.now(UTC).strftime("vestibule-%Y%m%dT%H%M%SZ.backup")
    elif options.keep:
        raise Stop(_("Name a folder, if only so many backups shall be kept."), USAGE)
    passphrase, teller = passphrase_in(options.passphrase_file), Teller()
    try:
        with stopped_cleanly():
            made = back_up(folders(), file, passphrase, teller, overwrite=options.overwrite)
    except KeyboardInterrupt:
        say("\n" + _("Stopped. There is no backup."))
        return _STOPPED
    finally:
        teller.end()
    if options.json:
        show_json(
            {"file": visible(str(file)), "rows": made.rows, "audit_head": made.head, "sha256": made.sha256}
        )
    else:
        show(_("The backup is in %s") % visible(str(file)))
        say(_("%(rows)d rows; the record ends at %(head)s") % {"rows": made.rows, "head": made.head})
    if passphrase is None:
        say(_("It is not encrypted: whoever has this file has the site, with all its secrets."))
    if made.missing:
        said = ngettext(
            "%d package of a version is missing here, or damaged: it is not restored either.",
            "%d packages of versions are missing here, or damaged: they are not restored either.",
            made.missing,
        )
        say(said % made.missing)
    if not made.whole:
        say(_("Its record of decisions was altered before; see: vestibule audit verify"))
    if options.keep:
        _forget_older(folder, options.keep)
    return 0 if made.whole else _BROKEN


def _forget_older(folder: Path, kept: int) -> None:
    """Their names are in the order of time."""
    made = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    for path in made[:-kept]:
        path.unlink(missing_ok=True)
