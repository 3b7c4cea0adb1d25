"""``vestibule audit``: what was decided, and whether the record is whole."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, show, show_json, show_table
from vestibule.cli.who import find_client
from vestibule.i18n import _
from vestibule.models import AuditFilter, AuditPage, AuditRow
from vestibule.remote import audit_file
from vestibule.render.activity_search import match
from vestibule.render.audit_words import action, outcome

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_HEAD = re.compile("[0-9]{1,15}:[0-9a-fA-F]{64}")


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("audit", help=_("decisions")).add_subparsers(required=True)
    listing = group.add_parser("list", help=_("newest first"))
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=_list)
    verifying = group.add_parser("verify", help=_("check the whole chain"))
    verifying.add_argument("--head", type=_head, help=_("a head printed earlier and kept elsewhere"))
    verifying.set_defaults(run=_verify)
    for parser in (listing, verifying):
        add_shapes(parser)
    exporting = group.add_parser("export", help=_("all of them, newest first: one JSON document a line"))
    exporting.set_defaults(run=_export)
    for parser in (listing, exporting):
        _add_filter(parser)


def _add_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--client", metavar=_("CLIENT"), help=_("by or about this one: id, name, username or label")
    )
    parser.add_argument(
        "--action", default="", metavar=_("ACTION"), help=_("like code.issued; code: all that begin so")
    )
    parser.add_argument("--refused", action="store_true", help=_("only what was refused or failed"))
    parser.add_argument(
        "--since", default="", metavar=_("DATE"), help=_("a date, that day included, or a time")
    )
    parser.add_argument("--filter", default="", metavar=_("TEXT"), help=_("words as they stand in the list"))


def _head(written: str) -> str:
    """A head that was printed; one that is cut short would be compared with nothing."""
    if not _HEAD.fullmatch(written.strip()):
        raise argparse.ArgumentTypeError(
            _("write the head as it was printed: a number, a colon, 64 digits or letters a to f")
        )
    return written.strip()


async def _wanted(api: Api, options: argparse.Namespace) -> AuditFilter:
    """What was asked for. Raises ApiProblem for a client that is not there; one that is gone has an id."""
    about = options.client
    if about is not None and not re.fullmatch("[0-9a-f]{16}", about):
        about = (await find_client(api, about)).id
    return AuditFilter(
        client=about,
        action=options.action,
        refused=options.refused,
        since=options.since,
        match=match(options.filter),
    )


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> AuditPage:
        return await api.audit(options.limit, wanted=await _wanted(api, options))

    page = with_api(work)
    if options.json:
        show_json(page)
        return 0
    header = (_("Row"), _("At"), _("By"), _("Action"), _("About"), _("Outcome"))
    show_table(header, [_words(row) for row in page.rows], plain=options.plain)
    return 0


def _words(row: AuditRow) -> tuple[str, ...]:
    from vestibule.render.activity_row import about, who  # its cell widths take a while to import

    at = row.at.isoformat(timespec="seconds")
    return (
        str(row.seq),
        at,
        who(row),
        action(row.action),
        about(row),
        outcome(row.outcome),
    )


def _verify(options: argparse.Namespace) -> int:
    from vestibule.render.activity_details import verdict_words

    verdict = with_api(lambda api: api.verify_audit(options.head))
    if options.json:
        show_json(verdict)
    elif verdict.ok:
        show(
            _("The record is whole: %(rows)d rows, head %(head)s")
            % {"rows": verdict.rows, "head": verdict.head}
        )
    else:
        show(verdict_words(verdict))
    return 0 if verdict.ok else 1


def _export(options: argparse.Namespace) -> int:
    async def work(api: Api) -> None:
        async for row in audit_file.rows(api, await _wanted(api, options)):
            show(audit_file.line(row))

    with_api(work)
    return 0
