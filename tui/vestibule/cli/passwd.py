"""``vestibule passwd``: change one's own password at a site elsewhere, or the service account's here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule.cli import asking
from vestibule.cli.here import chosen, with_api
from vestibule.cli.output import say
from vestibule.i18n import _
from vestibule.models import SystemChange
from vestibule.remote.sites import HERE

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    text = _("change your password at a site elsewhere, or the service account's on this machine")
    parser = commands.add_parser("passwd", help=text)
    new = _("a file with the new password; - reads it from stdin")
    parser.add_argument("--new-password-file", type=Path, metavar="F", help=new)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    with_api(lambda api: (_service if chosen().address == HERE else _own)(api, options.new_password_file))
    return 0


async def _service(api: Api, file: Path | None) -> None:
    """The service account's password is a row of System: this makes a version of nothing else."""
    change = SystemChange(settings={"password": _new(file)})
    await api.change_system(change, (await api.system()).version)
    say(_("The service account has a new password and is signed out everywhere."))


async def _own(api: Api, file: Path | None) -> None:
    current = None
    if (await api.me()).has_password:
        current = asking.secret(chosen().password_file, _("Current password"), "--password-file")
    await api.change_password(_new(file), current)
    say(_("Your password is changed. Your other sessions have ended."))


def _new(file: Path | None) -> str:
    """The new password, typed twice where it is typed."""
    while True:
        new = asking.secret(file, _("New password"), "--new-password-file")
        if file is not None or new == asking.ask_secret(_("The same again")):
            return new
        say(_("This is not the same. Type the new password again."))
