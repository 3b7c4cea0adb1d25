"""``vestibule system``: edits are staged on this host, then uploaded as a version."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule.cli import system_compare, system_upload, system_versions
from vestibule.cli.here import chosen, with_api
from vestibule.cli.output import add_shapes, say, show_json, show_records, show_table
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.models import System
from vestibule.properties import BY_KEY, PROPERTIES, SECRETS, Group, Kind
from vestibule.remote.staging import Staging
from vestibule.render.differences import differences
from vestibule.render.property_words import label, spoken, value_words
from vestibule.render.sentences import of_code
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

REFUSED, USAGE, NOT_FOUND = 1, 2, 3
_ON, _OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("system", help=_("System settings and their versions"))
    group = group.add_subparsers(required=True)
    command(group, "show", _show, _("the settings in force"))
    setting = command(group, "set", _set, _("stage a value; it is in force once uploaded"))
    setting.add_argument("key", help=_("see: vestibule system show"))
    given = setting.add_mutually_exclusive_group(required=True)
    given.add_argument("value", nargs="?", help=_("the value; - reads it from stdin"))
    given.add_argument("--value-file", type=Path, metavar="F", help=_("a file with the value, for secrets"))
    command(group, "diff", _diff, _("what is staged"))
    reverting = command(group, "revert", _revert, _("drop what is staged"))
    reverting.add_argument("key", nargs="?", help=_("only this row"))
    system_upload.add_to(group)
    system_versions.add_to(group)
    system_compare.add_to(group)


def command(group: Any, name: str, work: Any, text: str) -> argparse.ArgumentParser:
    """Add one command; all can print one JSON document."""
    parser: argparse.ArgumentParser = group.add_parser(name, help=text)
    add_shapes(parser)
    parser.set_defaults(run=work)
    return parser


def staged_here() -> Staging:
    """The edits staged on this host for the site: the same as the screens have."""
    return Staging(folders(), chosen().address)


def in_force() -> System:
    """The settings in force."""

    async def work(api: Api) -> System:
        return await api.system()

    return with_api(work)


def _show(options: argparse.Namespace) -> int:
    found = in_force()
    if options.json:
        show_json({"version": found.version, "settings": found.settings})
        return 0
    if options.plain:
        _show_plain(found)
        return 0
    rows = [
        (entry.key, label(entry.key), value_words(entry.key, found.settings.get(entry.key)))
        for entry in PROPERTIES
    ]
    show_table((_("Key"), _("Property"), _("Value")), rows, plain=False)
    return 0


def _show_plain(found: System) -> None:
    """One group of the grid after the other."""
    groups = [
        [
            (label(entry.key), spoken(value_words(entry.key, found.settings.get(entry.key))))
            for entry in PROPERTIES
            if entry.group is group
        ]
        for group in Group
    ]
    show_records([[(_("Version"), str(found.version))], *groups])


def _set(options: argparse.Namespace) -> int:
    key = options.key
    if key not in BY_KEY:
        return _refuse("property_unknown")
    if key in SECRETS and options.value_file is None and options.value != "-":
        say(_("A secret does not belong on the command line, where others see it. Use --value-file or -."))
        return USAGE
    try:
        staged_here().stage(key, _value(key, _written(options)), in_force())
    except ValueError as error:
        return _refuse(str(error))
    return _say_staged(options)


def _written(options: argparse.Namespace) -> str:
    """The value as it was written; a line end after it is not meant."""
    if options.value_file is not None and str(options.value_file) != "-":
        written: str = options.value_file.read_text(encoding="utf-8", errors="replace")
    elif options.value == "-" or options.value_file is not None:
        written = sys.stdin.read()
    else:
        return str(options.value)
    return written.removesuffix("\n").removesuffix("\r")


def _value(key: str, written: str) -> str | bool:
    if BY_KEY[key].kind is not Kind.SWITCH:
        return written
    word = written.strip().lower()
    if word not in (*_ON, *_OFF):
        raise ValueError("property_kind")
    return word in _ON


def _refuse(code: str) -> int:
    say(of_code(code))
    return REFUSED


def _diff(options: argparse.Namespace) -> int:
    draft = staged_here().draft
    if options.json:
        show_json(_diff_document(staged_here()))
        return 0
    if draft is None:
        say(_("Nothing is staged."))
        return 0
    found = differences(draft.base_settings, draft.edits)
    named = [(row.label, spoken(row.old), spoken(row.new)) for row in found]
    rows = named if options.plain else [(row.key, row.old, row.new) for row in found]
    if draft.package is not None:
        rows.append((_("Package") if options.plain else "package", "", visible(draft.package)))
    first = _("Property") if options.plain else _("Key")
    show_table((first, _("Version %d") % draft.base, _("Staged")), rows, plain=options.plain)
    return 0


def _diff_document(staging: Staging) -> dict[str, Any]:
    draft = staging.draft
    if draft is None:
        return {"base": None, "changes": {}, "package": None}
    changes = {
        row.key: {"old": draft.base_settings.get(row.key), "new": _shown(row.key, draft.edits[row.key])}
        for row in differences(draft.base_settings, draft.edits)
    }
    return {"base": draft.base, "changes": changes, "package": draft.package}


def _shown(key: str, value: Any) -> Any:
    return {"set": bool(value)} if key in SECRETS else value


def _revert(options: argparse.Namespace) -> int:
    staging = staged_here()
    if options.key is None:
        staging.clear()
    elif options.key == "package" and staging.draft is not None and staging.draft.package is not None:
        staging.stage_package(None, in_force())
    elif options.key in staging.edits:
        staging.revert(options.key)
    else:
        say(_("%(key)s is not staged.") % {"key": visible(options.key)})
        return NOT_FOUND
    return _say_staged(options)


def _say_staged(options: argparse.Namespace) -> int:
    if options.json:
        show_json(_diff_document(staged_here()))
    return 0
