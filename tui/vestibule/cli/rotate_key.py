"""``vestibule rotate-key``: a new vault key, and everything sealed with it."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from vestibule.cli.keeping import Teller, stopped_cleanly
from vestibule.cli.output import say, show, show_json
from vestibule.config import KEY_FILE, folders
from vestibule.i18n import _
from vestibule.text import visible

_STOPPED = 130


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("rotate-key", help=_("a new vault key; everything is sealed with it anew"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from vestibule.remote.embedded import rotate_key

    teller = Teller()
    try:
        with stopped_cleanly():
            sealed, before, head = rotate_key(folders(), partial(teller, "rows"))
    except KeyboardInterrupt:
        say("\n" + _("Stopped. Nothing was changed."))
        return _STOPPED
    finally:
        teller.end()
    if options.json:
        show_json({"sealed": sealed, "head_before": before, "audit_head": head})
        return 0
    show(_("The vault key is a new one. Secrets sealed with it: %d") % sealed)
    show(_("The record ends at %s now; a head that you keep of it before is replaced by this one.") % head)
    say(_("Other servers of this site refuse until you have copied %s to them.") % _key())
    say(_("Backups that were made before still open with the old key, which is in them."))
    return 0


def _key() -> str:
    return visible(str(folders().state / KEY_FILE))
