"""``vestibule cloud find``: a client finds its site through the cloud."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from vestibule import cloud_address, signatures
from vestibule.cli import asking, certificate
from vestibule.cli.output import NOT_ALLOWED, USAGE, Stop, add_shapes, say, show_json, show_records
from vestibule.config import folders
from vestibule.fingerprint import digits
from vestibule.i18n import _
from vestibule.remote import finding
from vestibule.remote.cloud_answers import CloudLieError, Found
from vestibule.remote.cloud_book import CloudBook
from vestibule.remote.cloud_links import Sought, sought
from vestibule.remote.errors import CertificateChanged, CertificateUnknown
from vestibule.remote.links import Named
from vestibule.remote.sites import Sites
from vestibule.remote.usual_cloud import accepted_for, usual_cloud
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
        raise Stop(_not_sought(), USAGE) from None
    known = CloudBook(folders()).get(meant.serial, given)
    address, fingerprint = (known.cloud, known.cloud_fingerprint) if known else (given, "")
    if not (address := address or usual_cloud(folders())):
        raise Stop(_("Name the cloud with --cloud."), USAGE)
    mark = signatures.fingerprint(known.key) if known and known.key else ""
    fingerprint = digits(options.cloud_fingerprint) or fingerprint or accepted_for(folders(), address)
    return Where(meant.serial, address, fingerprint, meant.mark or mark, meant.code)


def _not_sought() -> str:
    return _("Write a serial number, or a link like https://CLOUD/s/SERIAL?k=KEY.")


async def told(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` brings; a cloud that lies is a sentence and an exit code."""
    try:
        return await work
    except CloudLieError as lie:
        raise Stop(cloud_words.lie(lie), NOT_ALLOWED) from None


def entered(link: str, sites: Sites) -> Named:
    """The site that a link through its cloud leads to, in the address book. Raises Stop and as ``found``."""
    try:
        meant = sought(link)
    except ValueError:
        raise Stop(_not_sought(), USAGE) from None
    known = CloudBook(folders()).get(meant.serial, meant.cloud)
    if known is not None and known.site in [site.address for site in sites.all()]:
        return Named(known.site, meant.code)

    async def work() -> str:
        option = "vestibule cloud find --cloud-fingerprint"
        return await finding.enter(_compared(await found(meant, option=option)), folders(), sites)

    return Named(asyncio.run(told(work())), meant.code)


async def found(meant: Sought, fingerprint: str = "", option: str = "--cloud-fingerprint") -> Found:
    """Where the site is; the cloud's certificate is asked about as a site's is, or has this ``fingerprint``.

    ``option`` gives it. Raises Stop, CloudLieError, ApiProblem, Unreachable.
    """
    while True:
        try:
            return await finding.find(folders(), meant)
        except (CertificateUnknown, CertificateChanged) as shown:
            certificate.accept(shown, fingerprint, option)
            CloudBook(folders()).pin(meant.cloud, hashlib.sha256(shown.certificate).hexdigest())


def _compared(site: Found) -> Found:
    """With a key that is known, or that somebody has compared now. Raises Stop when nobody has."""
    if site.trusted:
        return site
    key = _("Nobody has vouched for the key of %s yet. It is:") % visible(site.serial)
    lines = [key, grouped(site.mark), _("At the site this shows it: vestibule cloud status")]
    if not asking.is_somebody_there():
        raise Stop("\n".join([*lines, _("If it is the same, say so with --site-key.")]), NOT_ALLOWED)
    if not asking.agreed("\n".join([*lines, _("Go on only if it is the same.")])):
        raise Stop(_("The site was not put into the address book."), NOT_ALLOWED)
    return finding.trust(folders(), site)


def _find(options: argparse.Namespace) -> int:
    place = where(options, options.wanted)
    if options.site_key:
        place = replace(place, mark=signatures.normal_fingerprint(options.site_key))

    async def work() -> tuple[Found, str]:
        site = await found(Sought(place.serial, place.cloud, place.mark), place.fingerprint)
        if not options.add:
            return site, ""
        site = _compared(site)
        return site, await finding.enter(site, folders(), Sites(folders()))

    site, added = asyncio.run(told(work()))
    if options.json:
        show_json(_document(site, added))
    else:
        facts = [(cloud_words.path(door.path), visible(door.address)) for door in site.doors]
        key = [(_("Key of the site"), grouped(site.mark))]
        show_records([[*key, *facts, (_("In the address book"), visible(added))]])
    if not site.trusted:
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
