"""``vestibule system compare``: what differs between two versions."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show_json, show_table
from vestibule.i18n import _
from vestibule.render.differences import differences
from vestibule.render.property_words import spoken

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_to(group: Any) -> None:
    """Add the command."""
    parser = group.add_parser("compare", help=_("what differs between two versions"))
    parser.add_argument("older", type=int, metavar="N", help=_("see: vestibule system history"))
    parser.add_argument("newer", type=int, nargs="?", metavar="M", help=_("without: the one in force"))
    add_shapes(parser)
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[int, dict[str, Any], dict[str, Any]]:
        newer = options.newer if options.newer is not None else (await api.system()).version
        before, after = await api.version(options.older), await api.version(newer)
        return newer, before.settings or {}, after.settings or {}

    newer, before, after = with_api(work)
    rows = differences(before, after)
    if options.json:
        changes = {row.key: {"old": before.get(row.key), "new": after[row.key]} for row in rows}
        show_json({"older": options.older, "newer": newer, "changes": changes})
    elif not rows:
        say(_("Nothing differs."))
    else:
        header = (_("Property"), _("Version %d") % options.older, _("Version %d") % newer)
        cells = [(row.label, spoken(row.old), spoken(row.new)) for row in rows]
        show_table(header, cells, plain=options.plain)
    return 0
