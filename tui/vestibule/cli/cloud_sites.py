"""``vestibule cloud sites``: which sites may register with this server as their cloud."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vestibule.cli import asking
from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show, show_json, show_table
from vestibule.cloud_models import CloudSite, CloudSiteAdded, CloudSiteNew
from vestibule.i18n import _
from vestibule.render import cloud_details, cloud_words
from vestibule.render.differences import size
from vestibule.render.when import moment, zone
from vestibule.signatures import grouped
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_to(group: Any) -> None:
    """Add the commands."""
    sites = group.add_parser("sites", help=_("sites that this server is the cloud of"))
    sites = sites.add_subparsers(required=True)
    listing = sites.add_parser("list", help=_("all of them"))
    add_shapes(listing)
    listing.set_defaults(run=_list)
    for name, work, text in (
        ("add", _add, _("let a site register; its password for cloud is shown once")),
        ("reset", _reset, _("let a site register anew, and forget its versions here")),
    ):
        parser = sites.add_parser(name, help=text)
        parser.add_argument("serial", help=_("the site's serial number"))
        given = _("a file with the password for cloud; - reads it from stdin; without, one is made")
        parser.add_argument(
            "--cloud-password-file", type=Path, metavar="F", dest="cloud_password", help=given
        )
        parser.add_argument("--json", action="store_true", help=_("one JSON document"))
        parser.set_defaults(run=work)
    removing = sites.add_parser("remove", help=_("forget a site and its versions here"))
    removing.add_argument("serial", help=_("the site's serial number"))
    removing.set_defaults(run=_remove)


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[list[CloudSite], ZoneInfo]:
        found: list[CloudSite] = []
        cursor: str | None = None
        while True:
            page = await api.cloud_sites(500, cursor)
            found += page.sites
            cursor = page.next
            if cursor is None:
                return found, zone((await api.server()).time_zone)

    found, site = with_api(work)
    if options.json:
        show_json({"sites": found, "next": None})
        return 0
    header = (
        _("Serial number"),
        _("Last contact"),
        _("From"),
        _("Version"),
        _("Size"),
        _("Key"),
        _("Update"),
    )
    show_table(header, [_cells(each, site) for each in found], plain=options.plain)
    now = datetime.now(UTC)
    for warning in (cloud_details.site_warning(each, now, site) for each in found):
        if warning:
            say(warning)
    return 0


def _cells(each: CloudSite, site: ZoneInfo) -> tuple[str, ...]:
    return (
        visible(each.serial),
        moment(each.seen_at, datetime.now(UTC), site) if each.seen_at else "",
        visible(each.seen_from),
        str(each.newest or ""),
        size(each.bytes) if each.bytes else "",
        grouped(each.key),
        cloud_words.outcome(each.offer.outcome) if each.offer else "",
    )


def _add(options: argparse.Namespace) -> int:
    new = CloudSiteNew(serial=options.serial, password=_given(options))

    async def work(api: Api) -> CloudSiteAdded:
        return await api.add_cloud_site(new)

    return _print(with_api(work), options)


def _reset(options: argparse.Namespace) -> int:
    password = _given(options)

    async def work(api: Api) -> CloudSiteAdded:
        return await api.reset_cloud_site(options.serial.strip().upper(), password)

    return _print(with_api(work), options)


def _given(options: argparse.Namespace) -> str | None:
    return asking.secret_in(options.cloud_password) if options.cloud_password else None


def _print(added: CloudSiteAdded, options: argparse.Namespace) -> int:
    if options.json:
        show_json(added)
        return 0
    show(added.password)
    say(cloud_details.is_password_of(added))
    return 0


def _remove(options: argparse.Namespace) -> int:
    async def work(api: Api) -> None:
        await api.remove_cloud_site(options.serial.strip().upper())

    with_api(work)
    return 0
