"""``vestibule audit``: what was decided, and whether the record is whole."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, show, show_json, show_json_line, show_table
from vestibule.i18n import _
from vestibule.models import AuditRow
from vestibule.render.audit_words import action, actor, outcome
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_PAGE = 200


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("audit", help=_("decisions")).add_subparsers(required=True)
    listing = group.add_parser("list", help=_("newest first"))
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=_list)
    verifying = group.add_parser("verify", help=_("check the whole chain"))
    verifying.add_argument("--head", help=_("a head printed earlier and kept elsewhere"))
    verifying.set_defaults(run=_verify)
    for parser in (listing, verifying):
        add_shapes(parser)
    exporting = group.add_parser("export", help=_("all of them, newest first: one JSON document a line"))
    exporting.set_defaults(run=_export)


def _list(options: argparse.Namespace) -> int:
    page = with_api(lambda api: api.audit(options.limit))
    if options.json:
        show_json(page)
        return 0
    header = (_("Row"), _("At"), _("By"), _("Action"), _("About"), _("Outcome"))
    show_table(header, [_words(row) for row in page.rows], plain=options.plain)
    return 0


def _words(row: AuditRow) -> tuple[str, ...]:
    at = row.at.isoformat(timespec="seconds")
    return (
        str(row.seq),
        at,
        actor(row.actor),
        action(row.action),
        visible(row.subject or ""),
        outcome(row.outcome),
    )


def _verify(options: argparse.Namespace) -> int:
    verdict = with_api(lambda api: api.verify_audit(options.head))
    if options.json:
        show_json(verdict)
    elif verdict.ok:
        show(
            _("The record is whole: %(rows)d rows, head %(head)s")
            % {"rows": verdict.rows, "head": verdict.head}
        )
    else:
        show(_("The record is not whole from row %(row)d on.") % {"row": verdict.first_bad})
    return 0 if verdict.ok else 1


def _export(_options: argparse.Namespace) -> int:
    with_api(_write)
    return 0


async def _write(api: Api) -> None:
    cursor: str | None = None
    while True:
        page = await api.audit(_PAGE, cursor)
        for row in page.rows:
            show_json_line(row)
        cursor = page.next
        if cursor is None:
            return
