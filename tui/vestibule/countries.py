"""Countries: their names in the languages Vestibule speaks, their dial codes, and their time zones.

``countries.json`` lies beside this file and is read when it is first asked for;
``python -m tests.countries_data`` makes it anew from Babel and phonenumbers, neither of which is needed here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("countries.json")
_SOURCE = "en"
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "&": " and "})
_DIALLED = re.compile(r"(?:\+|00)?([\d\s()./-]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory with telephone numbers of its own."""

    region: str
    """ISO 3166-1 alpha-2, as ``CH``."""
    name: str
    dial: str
    """The digits after the plus, as ``41``; several countries may share them."""
    also: tuple[str, ...] = ()
    """Other names that people type, in any language."""
    main: bool = True
    """Whether it is the one meant by its dial code when nothing else is known: US for 1, GB for 44."""


def countries(language: str) -> list[Country]:
    """All countries, named in ``language`` (ISO 639-1) and in its order; in English if it is not known."""
    return list(_countries(language))


def search(countries: Iterable[Country], typed: str) -> list[Country]:
    """Those that ``typed`` may mean, the likeliest first; all when it is blank.

    In this order: the name begins with it, a word of the name does, it is the region code, it is somewhere
    in the name. Accents, case and punctuation do not count. Digits are a dial code, or the beginning of
    one, or a whole number with its country: ``+41``, ``41``, ``0041``, ``+41 79 123``.
    """
    typed = unicodedata.normalize("NFKC", typed).strip()
    dialled = _DIALLED.fullmatch(typed)
    if dialled is not None:
        return _by_dial(countries, re.sub(r"\D", "", dialled[1]))
    wanted = _folded(typed)
    ranked = ((_rank(country, wanted), country) for country in countries) if wanted else ()
    found = [(rank, country) for rank, country in ranked if rank is not None]
    return [country for _rank, country in sorted(found, key=lambda entry: entry[0])]


def of_zone(zone: str) -> str | None:
    """The region of an IANA time zone, also under an old name of the zone; None for ``UTC`` and the like."""
    return _zones().get(zone)


def _by_dial(countries: Iterable[Country], digits: str) -> list[Country]:
    if digits in ("", "0"):  # 00 may be on the way to 0041
        return list(countries)
    found = [each for each in countries if each.dial.startswith(digits) or digits.startswith(each.dial)]
    return sorted(found, key=lambda each: (each.dial != digits, each.dial, not each.main))


def _rank(country: Country, wanted: str) -> int | None:
    """How far down ``country`` belongs; None when it is not meant."""
    keys = _keys(country)
    if any(key.startswith(wanted) for key in keys):
        return 0
    if any(f" {wanted}" in key for key in keys):
        return 1
    if wanted == country.region.lower():
        return 2
    return 3 if wanted in keys[0] else None


@cache
def _keys(country: Country) -> tuple[str, ...]:
    """What people type for it, as :func:`_folded`, its name first; also ``oe`` for ``ö``."""
    names = (country.name, *country.also)
    spelt = (name.lower().replace("st. ", "saint ").translate(_SPELT) for name in names)
    return tuple(dict.fromkeys(_folded(name) for name in (*names, *spelt)))


def _folded(name: str) -> str:
    """Words of plain small letters and digits: ``Côte d’Ivoire`` is ``cote d ivoire``."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters))


@cache
def _data() -> dict[str, Any]:
    import json

    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


@cache
def _countries(language: str) -> tuple[Country, ...]:
    data = _data()
    names = data["names"].get(language) or data["names"][_SOURCE]
    dials = {region: (dial, each) for dial, each in data["dials"].items() for region in each}
    made = (
        Country(
            region, name, dials[region][0], tuple(data["also"].get(region, ())), dials[region][1][0] == region
        )
        for region, name in names.items()
    )
    return tuple(sorted(made, key=lambda country: _folded(country.name)))


@cache
def _zones() -> dict[str, str]:
    return {zone: region for region, zones in _data()["zones"].items() for zone in zones}
