"""``vestibule`` without a command: the screens, on this machine's site or on one elsewhere."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from vestibule import terminal
from vestibule.cli.output import say
from vestibule.config import Folders, folders, host_table, links
from vestibule.i18n import _
from vestibule.remote import preferences
from vestibule.remote.connection import Connection
from vestibule.remote.sites import HERE, Sites
from vestibule.terminal import KINDS, THEMES, Profile, Wishes

if TYPE_CHECKING:
    import argparse

NO_TERMINAL = 2


def add_flags(parser: argparse.ArgumentParser, default: Any = None) -> None:
    """Add the flags that say what the terminal can do, for where it does not tell."""
    from argparse import BooleanOptionalAction

    kinds = _("what the terminal has: many colours, 16, 16 and a console's font, none")
    parser.add_argument("--terminal", choices=KINDS, default=default, help=kinds)
    parser.add_argument("--theme", choices=THEMES, default=default, help=_("the colours of the screens"))
    slow = _("for a slow line: fewer frames, no mouse")
    parser.add_argument("--slow", action=BooleanOptionalAction, default=default, help=slow)


def run(options: argparse.Namespace) -> int:
    """Open the screens as the options say."""
    from vestibule.cli.here import chosen

    return open_screens(options.site, chosen().code, wishes(options))


def open_screens(site: str | None, code: str = "", flags: Wishes | None = None) -> int:
    """Open the screens on the site at an address, or on the usual one; the exit code."""
    here = folders()
    connection = Connection(here, site or _usual(here), links())
    connection.code = code
    return show(connection, flags)


def _usual(here: Folders) -> str:
    """This machine's own site; where there is none, the last one that wants to be opened by itself."""
    if here.has_site:
        return HERE
    last = next((site for site in Sites(here).recent() if site.address != HERE), None)
    return last.address if last and last.paths and last.paths.automatic_connection else HERE


def wishes(options: argparse.Namespace) -> Wishes:
    """What the flags ask for."""
    return Wishes(options.terminal or "", options.theme or "", options.slow)


def show(connection: Connection, flags: Wishes | None = None) -> int:
    """Show the screens of one site until the person leaves; returns the exit code."""
    if not _is_terminal():
        say(_("There is no terminal here for the screens. See: vestibule --help"))
        return NO_TERMINAL
    profile = profile_here(connection.folders, flags)
    # All that is made until the first paint stays: looking for garbage in it takes 10 ms of the start.
    gc.disable()
    try:
        from vestibule import app

        return asyncio.run(app.run(connection, profile))
    finally:
        gc.enable()


def _is_terminal() -> bool:
    """Whether screens can be shown: they are written to stderr and read from stdin.

    Without a terminal Textual would spin. Emacs' shell is one, and shows every sequence as letters.
    """
    is_emacs = os.environ.get("TERM") == "dumb" and "INSIDE_EMACS" in os.environ
    return sys.stdin.isatty() and sys.stderr.isatty() and not is_emacs


def profile_here(here: Folders, flags: Wishes | None = None) -> Profile:
    """The profile of this terminal; Textual is told. A choice on the screens goes before config.toml."""
    chosen = Wishes(theme=preferences.load(here).theme)
    asked = terminal.from_table(host_table(here, "terminal"))
    profile = terminal.prepare(os.environ, flags, chosen, asked)
    if profile.plain_glyphs:
        from vestibule.render.console_font import has_half_blocks

        profile = terminal.with_font(profile, has_half_blocks(sys.stderr.fileno()))
    return profile
