"""Textual's style sheets, parsed once for all apps of a process: each app would parse each several times."""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_parsed: dict[Any, list[RuleSet]] = {}


def parsed_once(sheet: Stylesheet, css: str, *given: Any, **named: Any) -> list[RuleSet]:
    """In the place of ``Stylesheet._parse_rules``: the same rules for the same source and variables.

    Textual shares them in this way among the sheets of one app; nothing changes them after that.
    """
    key = css, given, frozenset(named.items()), frozenset(sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse(sheet, css, *given, **named)
    return _parsed[key]
