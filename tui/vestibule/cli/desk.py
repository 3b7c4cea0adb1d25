"""``vestibule`` without a command: the screens, on this machine's site or on one elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import replace

from vestibule import terminal
from vestibule.cli.here import links
from vestibule.cli.output import say
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.remote.connection import Connection
from vestibule.remote.sites import HERE, address_of

NO_TERMINAL = 2


def run(options: argparse.Namespace) -> int:
    """Open the screens."""
    try:
        address = address_of(options.site) if options.site else HERE
    except ValueError:
        say(_("Write the site's address like http://192.168.1.10:7550 or https://building.example."))
        return NO_TERMINAL
    return show(Connection(folders(), address, links()))


def show(connection: Connection) -> int:
    """Show the screens of one site until the person leaves; returns the exit code."""
    # The screens are written to stderr and read from stdin; without a terminal Textual would spin.
    if not (sys.stdin.isatty() and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":
        say(_("There is no terminal here for the screens. See: vestibule --help"))
        return NO_TERMINAL
    profile = terminal.prepare()
    if profile.plain_glyphs:
        from vestibule.render.console_font import has_half_blocks

        profile = replace(profile, half_blocks=has_half_blocks(sys.stderr.fileno()))
    from vestibule import app

    return asyncio.run(app.run(connection, profile))
