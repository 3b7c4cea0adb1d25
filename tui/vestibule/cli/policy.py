"""``vestibule policy``: who must use two factors."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vestibule.cli.asking import agreed
from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show, show_json, show_records, show_table
from vestibule.i18n import _, pgettext
from vestibule.render import need_words
from vestibule.render.policy_words import (
    SWITCHES,
    asked_now,
    done,
    on_off,
    switch_labels,
    turning,
)
from vestibule.two_factor_models import Policy, PolicyChange

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_REFUSED = 1


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("policy", help=_("who must use two factors")).add_subparsers(required=True)
    showing = group.add_parser("show", help=_("the switches, and what they need of the server"))
    showing.set_defaults(run=_show)
    setting = group.add_parser("set", help=_("turn a switch; says how many clients it will ask"))
    setting.add_argument("key", choices=SWITCHES, help=", ".join(SWITCHES), metavar=_("KEY"))
    setting.add_argument("value", choices=("on", "off"))
    setting.add_argument("--yes", action="store_true", help=_("do not ask"))
    setting.set_defaults(run=_set)
    for parser in (showing, setting):
        add_shapes(parser)


async def _in_force(api: Api) -> Policy:
    return await api.policy()


def _show(options: argparse.Namespace) -> int:
    policy = with_api(_in_force)
    if options.json:
        show_json(policy)
        return 0
    labels = switch_labels()
    if options.plain:
        _show_plain(policy, labels)
        return 0
    rows = [(name, labels[name], on_off(getattr(policy, name))) for name in SWITCHES]
    show_table((_("Key"), pgettext("of the policy", "Switch"), _("Value")), rows, plain=False)
    show("")
    needs = [
        (need_words.labels()[need.name], need_words.met_word(need), need_words.whole(need))
        for need in policy.requirements
    ]
    show_table((_("Needs"), _("Met"), ""), needs, plain=False)
    show("")
    show(asked_now(policy))
    return 0


def _show_plain(policy: Policy, labels: Mapping[str, str]) -> None:
    switches = [(labels[name], on_off(getattr(policy, name))) for name in SWITCHES]
    needs = [
        [
            (_("Needs"), need_words.labels()[need.name]),
            (_("Met"), need_words.met_word(need)),
            ("", need_words.whole(need)),
        ]
        for need in policy.requirements
    ]
    show_records([[*switches, ("", asked_now(policy))], *needs])


def _set(options: argparse.Namespace) -> int:
    name, value = options.key, options.value == "on"
    before = with_api(_in_force)
    if getattr(before, name) != value and not options.yes and not agreed(turning(before, name, value)):
        say(_("Nothing was changed."))
        return _REFUSED
    policy = with_api(lambda api: api.change_policy(PolicyChange(**{name: value})))
    if options.json:
        show_json(policy)
    say(done(policy, name))
    return 0
