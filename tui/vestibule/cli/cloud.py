"""``vestibule cloud``: a site and its cloud; the commands for others have files of their own."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vestibule.cli import cloud_download, cloud_finding, cloud_sites, cloud_uploader
from vestibule.cli.here import with_api
from vestibule.cli.output import Stop, add_shapes, say, show, show_json, show_records, show_table
from vestibule.cli.who import find_client
from vestibule.cloud_models import CloudStatus, Signer, SignerNew, Signers
from vestibule.i18n import _
from vestibule.render import cloud_details
from vestibule.render.sentences import of_code
from vestibule.render.when import zone
from vestibule.signatures import grouped
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_REFUSED = 1


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("cloud", help=_("the site's cloud, and being the cloud of others"))
    group = group.add_subparsers(required=True)
    status = group.add_parser("status", help=_("how the site stands with its cloud"))
    add_shapes(status)
    status.set_defaults(run=_status)
    link = group.add_parser("link", help=_("the link by which clients find the site through its cloud"))
    link.add_argument("client", nargs="?", help=_("with this client's code: id, name, username or label"))
    link.add_argument("--json", action="store_true", help=_("one JSON document"))
    link.set_defaults(run=_link)
    ticket = group.add_parser("ticket", help=_("get my ticket for the cloud; with --site"))
    ticket.add_argument("--json", action="store_true", help=_("one JSON document"))
    ticket.set_defaults(run=_ticket)
    _add_signers(group)
    cloud_uploader.add_to(group)
    cloud_finding.add_to(group)
    cloud_download.add_to(group)
    cloud_sites.add_to(group)


def _add_signers(group: Any) -> None:
    signers = group.add_parser("signers", help=_("uploaders whose versions the site takes"))
    signers = signers.add_subparsers(required=True)
    listing = signers.add_parser("list", help=_("all of them"))
    add_shapes(listing)
    listing.set_defaults(run=_signers)
    adding = signers.add_parser("add", help=_("take an uploader's versions from now on"))
    adding.add_argument("name", help=_("who it is"))
    adding.add_argument("key", help=_("the public key, as: vestibule cloud keygen"))
    adding.add_argument("--json", action="store_true", help=_("one JSON document"))
    adding.set_defaults(run=_add_signer)
    removing = signers.add_parser("remove", help=_("take an uploader's versions no more"))
    removing.add_argument("fingerprint", help=_("see: vestibule cloud signers list"))
    removing.set_defaults(run=_remove_signer)


def _status(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[CloudStatus, ZoneInfo]:
        return await api.cloud(), zone((await api.server()).time_zone)

    status, site = with_api(work)
    if options.json:
        show_json(status)
        return 0
    now = datetime.now(UTC)
    updates = (cloud_details.update_facts(each, now, site) for each in status.updates)
    show_records([cloud_details.facts(status, now, site), *updates])
    for problem in cloud_details.problems(status):
        say(problem)
    return 0


def _link(options: argparse.Namespace) -> int:
    async def work(api: Api) -> str:
        status = await api.cloud()
        if not status.link:
            raise Stop(of_code(status.missing[0] if status.missing else "cloud_off"), _REFUSED)
        if options.client is None:
            return status.link
        issued = await api.code((await find_client(api, options.client)).id)
        return cloud_details.with_code(status.link, issued.code)

    link = with_api(work)
    if options.json:
        show_json({"link": link})
    else:
        show(link)
    return 0


def _ticket(options: argparse.Namespace) -> int:
    ticket = cloud_download.ticket()
    if options.json:
        show_json({"serial": ticket.serial, "cloud": ticket.cloud, "expires_at": ticket.expires_at})
    else:
        say(_("The ticket is kept. See: vestibule cloud download %s") % visible(ticket.serial))
    return 0


def _signers(options: argparse.Namespace) -> int:
    async def work(api: Api) -> Signers:
        return await api.signers()

    found = with_api(work)
    if options.json:
        show_json(found)
        return 0
    rows = [(visible(each.name), grouped(each.fingerprint)) for each in found.signers]
    show_table((_("Name"), _("Fingerprint")), rows, plain=options.plain)
    return 0


def _add_signer(options: argparse.Namespace) -> int:
    async def work(api: Api) -> Signer:
        return await api.add_signer(SignerNew(name=options.name, key=options.key))

    added = with_api(work)
    if options.json:
        show_json(added)
    else:
        say(cloud_details.taken_from_now_on(added))
    return 0


def _remove_signer(options: argparse.Namespace) -> int:
    async def work(api: Api) -> None:
        await api.remove_signer(options.fingerprint.replace("-", "").replace(" ", ""))

    with_api(work)
    return 0
