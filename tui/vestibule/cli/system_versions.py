"""``vestibule system history|restore|export|import``: versions, here and as files."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vestibule.cli.here import chosen, with_api
from vestibule.cli.output import add_shapes, say, show, show_json, show_table
from vestibule.cli.system_upload import follow
from vestibule.config import folders
from vestibule.i18n import _, ngettext
from vestibule.models import Version
from vestibule.remote import importing, project_file
from vestibule.remote.project_format import ProjectFileError
from vestibule.remote.staging import Staging
from vestibule.render.audit_words import actor
from vestibule.render.differences import size
from vestibule.render.sentences import about_file
from vestibule.render.when import moment, zone
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_REFUSED, _CONFLICT = 1, 5
_PAGE = 200


def add_to(group: Any) -> None:
    """Add the commands."""
    history = group.add_parser("history", help=_("all versions, newest first"))
    add_shapes(history)
    history.set_defaults(run=_history)
    restoring = group.add_parser("restore", help=_("make a new version of an older one"))
    restoring.add_argument("number", type=int, metavar="N", help=_("see: vestibule system history"))
    restoring.add_argument("--note", default="", metavar="T", help=_("what the version is for"))
    restoring.add_argument("--json", action="store_true")
    restoring.set_defaults(run=_restore)
    exporting = group.add_parser("export", help=_("write a version to a .vestibule file"))
    exporting.add_argument("number", type=int, metavar="N", help=_("see: vestibule system history"))
    exporting.add_argument("file", type=Path)
    exporting.add_argument("--force", action="store_true", help=_("replace a file of this name"))
    exporting.add_argument("--json", action="store_true")
    exporting.set_defaults(run=_export)
    importing_ = group.add_parser("import", help=_("stage what a .vestibule file holds"))
    importing_.add_argument("file", type=Path)
    importing_.add_argument("--json", action="store_true")
    importing_.set_defaults(run=_import)


def _history(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[list[Version], ZoneInfo]:
        found: list[Version] = []
        cursor: str | None = None
        while True:
            page = await api.versions(_PAGE, cursor)
            found += page.versions
            cursor = page.next
            if cursor is None:
                return found, zone((await api.server()).time_zone)

    found, site = with_api(work)
    if options.json:
        rows = [{"version": each.version, "at": each.at, "by": each.by, "note": each.note} for each in found]
        show_json({"versions": rows, "next": None})
        return 0
    header = (_("Version"), _("At"), _("By"), _("Package"), _("Note"))
    show_table(header, [_cells(each, site) for each in found], plain=options.plain)
    return 0


def _cells(version: Version, site: ZoneInfo) -> tuple[str, ...]:
    return (
        str(version.version),
        moment(version.at, datetime.now(UTC), site),
        actor(version.by),
        size(version.package.size) if version.package else "",
        visible(version.note),
    )


def _restore(options: argparse.Namespace) -> int:
    async def work(api: Api) -> None:
        in_force = (await api.system()).version
        made = await api.restore(options.number, in_force, options.note)
        if options.json:
            show_json({"version": made.version})
        else:
            show(_("Version %d is made and in force.") % made.version)
        await follow(api, made.version)

    with_api(work)
    return 0


def _export(options: argparse.Namespace) -> int:
    async def work(api: Api) -> None:
        await project_file.write(api, options.number, options.file, overwrite=options.force)

    try:
        with_api(work)
    except ProjectFileError as error:
        say(f"{visible(str(options.file))}: {about_file(error.code, error.key)}")
        return _CONFLICT
    if options.json:
        show_json({"version": options.number, "file": str(options.file)})
    return 0


def _import(options: argparse.Namespace) -> int:
    staging = Staging(folders(), chosen().address)

    async def work(api: Api) -> None:
        await importing.take_up(api, options.file, folders(), staging, chosen().address)

    try:
        with_api(work)
    except ProjectFileError as error:
        say(f"{visible(str(options.file))}: {about_file(error.code, error.key)}")
        return _REFUSED
    edits = len(staging.edits)
    if options.json:
        package = staging.draft.package if staging.draft else None
        show_json({"staged": sorted(staging.edits), "package": package})
        return 0
    say(ngettext("%d row is staged.", "%d rows are staged.", edits) % edits)
    if staging.draft is not None and staging.draft.package is not None:
        say(_("The package is staged too."))
    return 0
