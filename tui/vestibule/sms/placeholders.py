"""Placeholders of a gateway's settings: filled inside parsed values, so that no text can add a field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from vestibule.sms.alphabet import gsm7_safe
from vestibule.sms.channel import Message

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_VONAGE_LEAST = 20_000  # milliseconds
_EAGLE_TIMES = ((3600, "1h"), (1800, "30m"), (600, "10m"), (0, "5m"))

NUMBER = frozenset({"to", "to_plain", "to_00"})
# Digits and letters of our own: they can stand in a URL, a header or an argument.
HARMLESS = NUMBER | {"ref", "seconds", "minutes", "milliseconds", "validity", "unicode", "coding"}
MESSAGE = HARMLESS | {"text", "sender"}
ACCOUNT = frozenset({"user", "password"})
_COUNTS = frozenset({"seconds", "minutes", "milliseconds"})


def of(message: Message) -> dict[str, str]:
    """The value of each placeholder for ``message``.

    ``{unicode}`` is 1 and ``{coding}`` is "unicode" when GSM-7 cannot carry the text, else 0 and
    "text"; ``{validity}`` is the nearest shorter of SMSEagle's names for a time.
    """
    left = max(1, message.seconds_left)
    plain = gsm7_safe(message.text)
    return {
        "to": message.to,
        "to_plain": message.to.removeprefix("+"),
        "to_00": "00" + message.to.removeprefix("+"),
        "text": message.text,
        "sender": message.sender,
        "ref": message.ref,
        "seconds": str(left),
        "minutes": str(max(1, left // 60)),
        "milliseconds": str(max(_VONAGE_LEAST, left * 1000)),
        "validity": next(name for least, name in _EAGLE_TIMES if left >= least),
        "unicode": "0" if plain else "1",
        "coding": "text" if plain else "unicode",
    }


def fill(template: str, values: Mapping[str, str]) -> str:
    """``template`` with its placeholders filled once: a value that looks like one stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """The same for a URL: what is filled in stays one piece of its path."""
    return fill(template, {name: quote(value, safe="") for name, value in values.items()})


def fill_all(template: Any, values: Mapping[str, str]) -> Any:
    """The same for a parsed structure.

    A value that is only a count of time becomes a number, and an entry that is only an empty sender
    is left out: gateways take their own then.
    """
    if isinstance(template, str):
        return _count(template, values) if template[1:-1] in _COUNTS else fill(template, values)
    if isinstance(template, Mapping):
        kept = {key: value for key, value in template.items() if value != "{sender}" or values["sender"]}
        return {key: fill_all(value, values) for key, value in kept.items()}
    if isinstance(template, list):
        return [fill_all(value, values) for value in template]
    return template


def fill_flat(template: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The same for a form or a query, whose values are all strings."""
    return {key: str(value) for key, value in fill_all(template, values).items()}


def unknown(template: Any, allowed: Iterable[str]) -> str:
    """The first placeholder in ``template`` that is not ``allowed``, or ""."""
    strange = sorted(set(_used(template)) - set(allowed))
    return strange[0] if strange else ""


def _used(template: Any) -> list[str]:
    if isinstance(template, str):
        return _PLACEHOLDER.findall(template)
    if isinstance(template, Mapping):
        return [name for pair in template.items() for part in pair for name in _used(part)]
    if isinstance(template, list):
        return [name for part in template for name in _used(part)]
    return []


def _count(template: str, values: Mapping[str, str]) -> int | str:
    return int(values[template[1:-1]]) if template.startswith("{") else template
