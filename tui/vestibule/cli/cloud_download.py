"""``vestibule cloud download``: the project of one's profile, from the site's cloud."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule.cli.cloud_finding import told, where
from vestibule.cli.here import chosen, with_api
from vestibule.cli.output import NOT_ALLOWED, USAGE, Stop, say, show_json
from vestibule.cli.system_upload import watch
from vestibule.cloud_models import Ticket
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.remote import own_project
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.kept_project import DamagedError, Kept, Shelf, file_name
from vestibule.remote.sites import HERE
from vestibule.render.sentences import about_file
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_CONFLICT, _STOPPED = 5, 130


def add_to(group: Any) -> None:
    """Add the command."""
    getting = group.add_parser("download", help=_("get the package of your profile from the cloud"))
    wanted = _("a serial number, or a link like https://CLOUD/s/SERIAL?k=KEY; without: the one of --site")
    getting.add_argument("wanted", nargs="?", metavar=_("SITE"), help=wanted)
    getting.add_argument("--output", "-o", type=Path, metavar="F", help=_("without: as it is called there"))
    getting.add_argument("--force", action="store_true", help=_("replace a file of this name"))
    getting.add_argument("--json", action="store_true", help=_("one JSON document"))
    getting.set_defaults(run=_download)


def ticket() -> Ticket:
    """Get a ticket at the chosen site and keep it. Raises Stop when nobody has signed in there."""

    async def work(api: Api) -> tuple[Ticket, str]:
        return await api.cloud_ticket(), (await api.me()).client.id

    got, client = with_api(work)
    CloudBook(folders()).keep_ticket(got, chosen().address, client)
    return got


def _download(options: argparse.Namespace) -> int:
    known = _known(options)
    try:
        kept, path = asyncio.run(told(_brought(known, options.output, force=options.force)))
    except KeyboardInterrupt:
        say(_("Stopped. Nothing was changed; what has arrived is kept, and the next time goes on."))
        return _STOPPED
    if options.json:
        show_json({"version": kept.number, "profile": kept.profile, "file": str(path)})
    else:
        named = {"version": kept.number, "profile": visible(kept.profile), "file": visible(str(path))}
        say(_("Version %(version)d for %(profile)s: %(file)s") % named)
    return 0


def _known(options: argparse.Namespace) -> Known:
    """The site that is meant, with a ticket for it. Raises Stop."""
    book = CloudBook(folders())
    if options.wanted is None:
        address = chosen().address
        if address == HERE:
            raise Stop(_("Name the site: vestibule --site URL cloud download"), USAGE)
        mine = [each for each in book.all() if each.site == address and each.ticket is not None]
        known = mine[0] if mine else book.get((got := ticket()).serial, got.cloud)
    else:
        options.cloud = options.cloud_fingerprint = ""
        place = where(options, options.wanted)
        known = book.get(place.serial, place.cloud)
    if known is None or known.ticket is None:
        said = _("This machine has no ticket. Sign in to the site, then: vestibule --site URL cloud ticket")
        raise Stop(said, NOT_ALLOWED)
    return known


async def _brought(known: Known, output: Path | None, *, force: bool) -> tuple[Kept, Path]:
    """Bring the newest one to this machine, unless it is here, and write a copy where it is wanted."""
    try:
        return await _copied(known, output, force=force)
    except DamagedError:  # which is forgotten by now, so that it is fetched anew
        return await _copied(known, output, force=force)


async def _copied(known: Known, output: Path | None, *, force: bool) -> tuple[Kept, Path]:
    tell, end = watch()
    try:
        kept = await own_project.newest(folders(), known, tell)
    finally:
        end()
    path = await asyncio.to_thread(_named, output, kept)
    try:
        # A name that somebody has typed is meant; one that the site has chosen replaces nothing.
        overwrite = force or path == output
        await Shelf(folders(), known.site, known.client).copy(kept, path, overwrite=overwrite)
    except FileExistsError:
        if not await asyncio.to_thread(_is_same, path, kept):
            raise Stop(f"{visible(str(path))}: {about_file('file_exists')}", _CONFLICT) from None
    return kept, path


def _named(output: Path | None, kept: Kept) -> Path:
    folder = output or Path.cwd()
    return folder / file_name(kept.package.name) if folder.is_dir() else folder


def _is_same(path: Path, kept: Kept) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == kept.package.sha256
