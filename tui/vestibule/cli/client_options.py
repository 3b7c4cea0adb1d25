"""What may be said of a client on the command line: the options that ``add`` and ``edit`` share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any

from vestibule import i18n
from vestibule.i18n import _
from vestibule.models import Kind

NONE = "none"
"""Clears a field that may be empty."""
_ALL_DAY = (0, 24 * 60)
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})[-–]([0-9]{1,2}):([0-9]{2})")
_SWITCHES = ("admin", "require_two_factors", "cloud_access")
_FIELDS = ("name", "username", "profile", "kind", *_SWITCHES, "valid_from", "valid_until")
_MORE_FIELDS = ("weekdays", "phone", "language", "note")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options of all fields but the name; what is not said keeps its value."""
    say = _adder(parser)
    say(
        "--username",
        type=or_none(str),
        metavar=_("NAME"),
        help=_("for signing in by password; none: without"),
    )
    say("--profile", metavar=_("TEXT"), help=_("the view of the building, like “Room 12”"))
    kind = parser.add_mutually_exclusive_group()
    for option, value, text in (
        ("--internal", Kind.INTERNAL, _("staff of the site")),
        ("--external", Kind.EXTERNAL, _("guest, tenant or supplier")),
    ):
        _adder(kind)(option, dest="kind", action="store_const", const=value, help=text)
    for option, text in (
        ("--admin", _("may manage clients")),
        ("--require-two-factors", _("must use two factors")),
        ("--cloud-access", _("may come in through the cloud")),
    ):
        say(option, action=argparse.BooleanOptionalAction, help=text)
    when = or_none(str)
    say("--valid-from", type=when, metavar=_("DATE"), help=_("a date or a time; none: at once"))
    say(
        "--valid-until",
        type=when,
        metavar=_("DATE"),
        help=_("a date, that day included, or a time; none: no end"),
    )
    say("--weekdays", type=weekdays, metavar="1,2,3", help=_("1 is Monday; all: every day"))
    say("--hours", type=hours, metavar="HH:MM-HH:MM", help=_("daily hours, also over midnight; all: all day"))
    say("--phone", type=or_none(str), metavar="+41…", help=_("with the country; none: without"))
    say("--language", type=or_none(_language), metavar="|".join(i18n.LANGUAGES), help=_("none: the site's"))
    say("--note", metavar=_("TEXT"), help=_("for admins only"))


def _adder(parser: Any) -> Callable[..., Any]:
    """Options without a default: only what was said is there afterwards."""

    def add(option: str, **settings: Any) -> None:
        parser.add_argument(option, default=argparse.SUPPRESS, **settings)

    return add


def fields(options: argparse.Namespace) -> dict[str, Any]:
    """The fields that were said, by their names in ``ClientFields``."""
    said = vars(options)
    found = {name: said[name] for name in (*_FIELDS, *_MORE_FIELDS) if name in said}
    if "hours" in said:
        found["hours_from"], found["hours_until"] = said["hours"]
    return found


def or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader that knows ``none`` besides what ``read`` knows."""

    def value(written: str) -> Any:
        return None if written.strip().lower() == NONE else read(written)

    return value


def weekdays(written: str) -> list[int]:
    """ISO weekdays of ``1,2,3``; every day for ``all``."""
    if written == "all":
        return list(range(1, 8))
    days = [part.strip() for part in written.split(",")]
    if not all(re.fullmatch("[1-7]", day) for day in days):
        raise argparse.ArgumentTypeError(_("write weekdays as 1,2,3: 1 is Monday, 7 is Sunday"))
    return sorted({int(day) for day in days})


def hours(written: str) -> tuple[int, int]:
    """First and last minute of the day of ``HH:MM-HH:MM``; the whole day for ``all``."""
    if written == "all":
        return _ALL_DAY
    parts = _HOURS.fullmatch(written.replace(" ", ""))
    numbers = [int(part) for part in parts.groups()] if parts else []
    if numbers and max(numbers[1], numbers[3]) < 60:
        begin, end = 60 * numbers[0] + numbers[1], 60 * numbers[2] + numbers[3]
        if max(begin, end) <= _ALL_DAY[1]:
            return begin, end
    raise argparse.ArgumentTypeError(_("write the daily hours as 08:00-18:00"))


def _language(written: str) -> str:
    if written not in i18n.LANGUAGES:
        known = ", ".join(i18n.LANGUAGES)
        raise argparse.ArgumentTypeError(_("choose one of: %(known)s") % {"known": known})
    return written
