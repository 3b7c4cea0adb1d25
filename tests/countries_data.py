"""Makes ``countries.json`` from Babel's names and zones and the dial codes of phonenumbers.

``python -m tests.countries_data`` writes it anew: after an update of either, when the test says so.
"""

from __future__ import annotations

import json
from typing import Any

import phonenumbers
from babel import Locale
from babel.core import get_global

from vestibule.countries import FILE
from vestibule.i18n import LANGUAGES

NAMELESS: frozenset[str] = frozenset()
"""Regions of phonenumbers that are left out because Babel has no name for them."""

# Unicode's own short forms, which Babel leaves out: "Sonderverwaltungsregion Hongkong" is looked for under H.
_SHORT = {
    "HK": {"en": "Hong Kong", "fr": "Hong Kong", "de": "Hongkong"},
    "MO": {"en": "Macao", "fr": "Macao", "de": "Macau"},
}
_ALSO = {
    "AE": ["UAE", "VAE", "EAU"],
    "BY": ["Weissrussland", "Biélorussie"],
    "CI": ["Ivory Coast", "Elfenbeinküste"],
    "CV": ["Cape Verde", "Kap Verde"],
    "CZ": ["Czech Republic", "Tschechische Republik", "République tchèque"],
    "GB": ["UK", "England", "Angleterre", "Great Britain", "Grossbritannien", "Grande-Bretagne", "Scotland"],
    "MM": ["Burma", "Birma", "Birmanie"],
    "NL": ["Holland", "Hollande"],
    "SZ": ["Swaziland", "Swasiland"],
    "TL": ["East Timor", "Osttimor"],
    "TR": ["Turkey"],
    "US": ["USA", "America", "Amerika", "Amérique"],
}


def made() -> dict[str, Any]:
    """What the file should hold."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS - NAMELESS)
    return {
        "dials": _dials(regions),
        "also": _ALSO,
        "names": {language: _names(language, regions) for language in LANGUAGES},
        "zones": _zones(regions),
    }


def _dials(regions: list[str]) -> dict[str, list[str]]:
    """Dial code → its regions; the first is the main one."""
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    listed = {str(code): [each for each in of_code if each in regions] for code, of_code in sorted(known)}
    return {code: of_code for code, of_code in listed.items() if of_code}


def _names(language: str, regions: list[str]) -> dict[str, str]:
    names = Locale(language).territories
    return {region: _SHORT.get(region, {}).get(language) or names[region] for region in regions}


def _zones(regions: list[str]) -> dict[str, list[str]]:
    """Region → its zones, by their new and old names."""
    of_zone = dict(get_global("zone_territories"))
    of_zone |= {old: of_zone[new] for old, new in get_global("zone_aliases").items() if new in of_zone}
    listed = {
        region: sorted(zone for zone, where in of_zone.items() if where == region) for region in regions
    }
    return {region: zones for region, zones in listed.items() if zones}


def write() -> None:
    """Replace the file in the package."""
    FILE.write_text(json.dumps(made(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
