"""``vestibule cloud find|download``: a client finds its site through the cloud, and gets its package."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from vestibule import cloud_address, signatures
from vestibule.cli.output import NOT_ALLOWED, USAGE, Stop, add_shapes, say, show_json, show_records
from vestibule.cli.system_upload import watch
from vestibule.cloud_models import PackageDocument
from vestibule.config import folders, host_table
from vestibule.fingerprint import digits
from vestibule.i18n import _
from vestibule.remote import cloud
from vestibule.remote.cloud_answers import CloudLieError, Found
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.cloud_links import Sought, sought
from vestibule.remote.sites import Sites
from vestibule.render import cloud_words
from vestibule.signatures import grouped
from vestibule.text import visible

T = TypeVar("T")


@dataclass(frozen=True)
class Where:
    """A site at its cloud. ``fingerprint``: of the cloud's certificate; ``mark``: of the site's key."""

    serial: str
    cloud: str
    fingerprint: str
    mark: str
    code: str = ""


def add_to(group: Any) -> None:
    """Add the commands."""
    finding = group.add_parser("find", help=_("find a site by its serial number or a link"))
    finding.add_argument(
        "wanted", metavar=_("SITE"), help=_("a serial number, or a link like https://CLOUD/s/SERIAL?k=KEY")
    )
    add_cloud(finding)
    finding.add_argument("--site-key", metavar="KEY", default="", help=_("the fingerprint of the site's key"))
    finding.add_argument("--add", action="store_true", help=_("put it into the address book of this machine"))
    add_shapes(finding)
    finding.set_defaults(run=_find)
    getting = group.add_parser("download", help=_("get the package of your profile from the cloud"))
    getting.add_argument(
        "wanted", metavar=_("SITE"), help=_("a serial number, or a link like https://CLOUD/s/SERIAL?k=KEY")
    )
    getting.add_argument("--output", "-o", type=Path, metavar="F", help=_("without: as it is called there"))
    getting.add_argument("--json", action="store_true", help=_("one JSON document"))
    getting.set_defaults(run=_download)


def add_cloud(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the cloud."""
    named = _("the cloud's address; without: the one this machine knows the site at, or that of config.toml")
    parser.add_argument("--cloud", metavar="URL", default="", help=named)
    known = _("of the cloud's self-made certificate, if it has one")
    parser.add_argument("--cloud-fingerprint", metavar="HEX", default="", help=known)


def where(options: argparse.Namespace, written: str) -> Where:
    """What is meant, with all that this machine knows of it. Raises Stop."""
    try:
        meant = sought(written)
        given = cloud_address.normal(options.cloud) if options.cloud else meant.cloud
    except ValueError:
        said = _("Write a serial number, or a link like https://CLOUD/s/SERIAL?k=KEY.")
        raise Stop(said, USAGE) from None
    known = CloudBook(folders()).get(meant.serial, given)
    address, fingerprint = (known.cloud, known.cloud_fingerprint) if known else (given, "")
    if not address:
        address, fingerprint = _of_this_host()
    mark = signatures.fingerprint(known.key) if known and known.key else ""
    given_mark = digits(options.cloud_fingerprint)
    return Where(meant.serial, address, given_mark or fingerprint, meant.mark or mark, meant.code)


def _of_this_host() -> tuple[str, str]:
    try:
        found = cloud_address.load(host_table(folders(), "cloud"))
    except ValueError:
        found = None
    if found is None:
        raise Stop(_("Name the cloud with --cloud."), USAGE)
    return found.url, found.fingerprint


async def told(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` brings; a cloud that lies is a sentence and an exit code."""
    try:
        return await work
    except CloudLieError as lie:
        raise Stop(cloud_words.lie(lie), NOT_ALLOWED) from None


def _find(options: argparse.Namespace) -> int:
    place = where(options, options.wanted)
    if options.site_key:
        place = replace(place, mark=signatures.normal_fingerprint(options.site_key))

    async def work() -> tuple[Found, str]:
        wanted = Sought(place.serial, place.cloud, place.mark)
        found = await cloud.find(folders(), wanted, place.fingerprint)
        return found, await cloud.enter(found, Sites(folders())) if options.add else ""

    found, added = asyncio.run(told(work()))
    if options.json:
        show_json(_document(found, added))
    else:
        facts = [(cloud_words.path(door.path), visible(door.address)) for door in found.doors]
        key = [(_("Key of the site"), grouped(found.mark))]
        show_records([[*key, *facts, (_("In the address book"), visible(added))]])
    if not found.trusted:
        said = _(
            "Nobody has vouched for this key. Compare it with what the site says: vestibule cloud status"
        )
        say(said)
    if added and place.code:
        say(_("Sign in with the code: vestibule --site %s login --otp") % visible(added))
    return 0


def _document(found: Found, added: str) -> dict[str, Any]:
    return {
        "serial": found.serial,
        "cloud": found.cloud,
        "key": found.mark,
        "trusted": found.trusted,
        "policy": found.paths.policy,
        "doors": [{"path": door.path, "address": door.address} for door in found.doors],
        "fingerprint": found.fingerprint,
        "added": added or None,
    }


def _download(options: argparse.Namespace) -> int:
    options.cloud = options.cloud_fingerprint = ""
    place = where(options, options.wanted)
    known = CloudBook(folders()).get(place.serial, place.cloud)
    if known is None or known.ticket is None:
        said = _("This machine has no ticket. Sign in to the site, then: vestibule --site URL cloud ticket")
        raise Stop(said, NOT_ALLOWED)
    about, path = asyncio.run(told(_fetch(known, options.output)))
    if options.json:
        show_json({"version": about.number, "profile": about.profile, "file": str(path)})
    else:
        named = {"version": about.number, "profile": visible(about.profile), "file": visible(str(path))}
        say(_("Version %(version)d for %(profile)s: %(file)s") % named)
    return 0


async def _fetch(known: Known, wanted: Path | None) -> tuple[PackageDocument, Path]:
    """The file is there once all of it is, and checked."""
    folder = (wanted or Path("x")).absolute().parent
    handle, draft = tempfile.mkstemp(prefix=".vestibule-", dir=folder)
    tell, end = watch()
    try:
        with os.fdopen(handle, "wb") as file:
            about = await cloud.download(folders(), known, file, tell)
        path = wanted or _free(folder / _safe(about.package.name))
        os.replace(draft, path)
    finally:
        end()
        Path(draft).unlink(missing_ok=True)  # noqa: ASYNC240
    return about, path


def _free(path: Path) -> Path:
    """``path``, whose name the site has chosen, unless something is there. Raises Stop."""
    if os.path.lexists(path):
        said = _("%s is there already. Name another file with --output, or this one.")
        raise Stop(said % visible(path.name), NOT_ALLOWED)
    return path


def _safe(name: str) -> str:
    """A name that the site has chosen, as a file's: never a path, nothing hidden."""
    plain = "".join(letter for letter in visible(name) if letter not in '/\\:*?"<>|').lstrip(".")
    return plain or "package"
