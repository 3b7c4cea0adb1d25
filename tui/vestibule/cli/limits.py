"""``vestibule limits``: how long a session lasts."""

from __future__ import annotations

import argparse
from typing import Any

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show_json, show_table
from vestibule.device_models import Limits, LimitsChange
from vestibule.i18n import _
from vestibule.remote.api import Api
from vestibule.render.limit_words import LIMITS, done, explanations, objection, value

_USAGE = 2


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("limits", help=_("how long a session lasts")).add_subparsers(required=True)
    showing = group.add_parser("show", help=_("the limits in force"))
    showing.set_defaults(run=_show)
    setting = group.add_parser("set", help=_("change a limit; a shorter one holds at once"))
    setting.add_argument("key", choices=LIMITS, help=", ".join(LIMITS), metavar=_("KEY"))
    setting.add_argument("value", help=_("minutes, 0 for no end; of session_hours, hours"))
    setting.set_defaults(run=_set)
    for parser in (showing, setting):
        add_shapes(parser)


async def _in_force(api: Api) -> Limits:
    return await api.limits()


def _show(options: argparse.Namespace) -> int:
    limits = with_api(_in_force)
    if options.json:
        show_json(limits)
        return 0
    about = explanations()
    rows = [(name, value(name, getattr(limits, name)), about[name]) for name in LIMITS]
    show_table((_("Key"), _("Value"), ""), rows, plain=options.plain)
    return 0


def _set(options: argparse.Namespace) -> int:
    why_not = objection(options.key, options.value)
    if why_not is not None:
        say(why_not)
        return _USAGE
    number = int(options.value)
    limits = with_api(lambda api: api.change_limits(LimitsChange(**{options.key: number})))
    if options.json:
        show_json(limits)
    say(done(options.key, number))
    return 0
