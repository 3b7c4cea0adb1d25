"""A rule that a value breaks, in the person's language: msgspec says it in English, without the value."""

from __future__ import annotations

import re

from vestibule.i18n import _
from vestibule.text import NAME_LIMIT, visible

_AT = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
_INSIDE = re.compile(r"\[[^]]*\]")
"""Which entry of a list it is: the list is enough."""
_MISSING = re.compile(r"Object missing required field(?: `(?P<name>.*)`)?")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_LENGTH = re.compile(r"Expected `(?P<kind>\w+)[^`]*` of length (?P<how>>=|<=) (?P<limit>\d{1,20})")
_LIMIT = re.compile(r"Expected `[^`]*` (?P<how>>=|<=|>|<) (?P<limit>-?\d{1,20})(?:\.0)?")
_KIND = re.compile(r"Expected `(?P<kind>\w+)[^`]*`(?:, got `[^`]*`)?")


def rule(detail: str, field: str = "") -> str:
    """``Expected `int` >= 1 - at `$.seats``` as a sentence; one that is not known here is told in general.

    ``field`` is what is meant where ``detail`` does not say where.
    """
    place = _AT.search(detail)
    words = _AT.sub("", detail)
    name = _INSIDE.sub("", place["key"]) if place else field
    if (found := _MISSING.fullmatch(words) or _UNKNOWN.fullmatch(words)) is not None:
        name = ".".join(part for part in (name, found["name"]) if part)
    filled = {"field": visible(name, NAME_LIMIT)}
    if (found := _LENGTH.fullmatch(words) or _LIMIT.fullmatch(words)) is not None:
        filled["limit"] = found["limit"]
    return (_sentence(words) if name else _("This is not valid.")) % filled


def _sentence(words: str) -> str:
    if _MISSING.fullmatch(words):
        return _("“%(field)s” is missing.")
    if _UNKNOWN.fullmatch(words):
        return _("“%(field)s” is not known here.")
    if found := _LENGTH.fullmatch(words):
        return _length(found["kind"], found["how"], int(found["limit"]))
    if found := _LIMIT.fullmatch(words):
        return _limit(found["how"])
    found = _KIND.fullmatch(words)
    return _kinds().get(found["kind"] if found else "") or _("“%(field)s” is not valid.")


def _length(kind: str, how: str, limit: int) -> str:
    if how == ">=" and limit == 1:
        return _("“%(field)s” must not be empty.")
    if kind == "str":
        least, most = (
            _("“%(field)s” needs %(limit)s characters or more."),
            _("“%(field)s” may have %(limit)s characters at most."),
        )
    else:
        least, most = (
            _("“%(field)s” needs %(limit)s entries or more."),
            _("“%(field)s” may have %(limit)s entries at most."),
        )
    return least if how == ">=" else most


def _limit(how: str) -> str:
    return {
        ">=": _("“%(field)s” must be %(limit)s or more."),
        "<=": _("“%(field)s” must be %(limit)s or less."),
        ">": _("“%(field)s” must be more than %(limit)s."),
        "<": _("“%(field)s” must be less than %(limit)s."),
    }[how]


def _kinds() -> dict[str, str]:
    return {
        "int": _("“%(field)s” must be a whole number."),
        "float": _("“%(field)s” must be a number."),
        "bool": _("“%(field)s” must be true or false."),
        "str": _("“%(field)s” must be text."),
        "array": _("“%(field)s” must be a list."),
        "object": _("“%(field)s” must be names with values."),
        "datetime": _("“%(field)s” must be a time like 2026-12-31T18:00:00Z."),
    }
