"""``vestibule setup``: set a site up without a screen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vestibule import i18n
from vestibule.cli.output import say, show_json
from vestibule.config import folders
from vestibule.i18n import _


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("setup", help=_("set a site up on this machine"))
    parser.add_argument("--site-name", required=True)
    parser.add_argument("--service-password-file", required=True, type=Path)
    parser.add_argument("--language", choices=sorted(i18n.LANGUAGES), default=i18n.current())
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from vestibule.remote.embedded import create_site

    password = options.service_password_file.read_text().rstrip("\r\n")
    here = folders()
    create_site(here, options.site_name, password, options.language)
    if options.json:
        show_json({"site_name": options.site_name, "state": str(here.state), "username": "service"})
    else:
        say(_("The site is set up. The service account signs in as “service”."))
    return 0
