"""Countries as people look for them, and the file they come from."""

from __future__ import annotations

import json
import subprocess
import sys

import phonenumbers
import pytest

from tests import countries_data
from vestibule.countries import FILE, countries, of_zone, search
from vestibule.i18n import LANGUAGES


def found(language: str, typed: str) -> list[str]:
    return [country.region for country in search(countries(language), typed)]


def named(language: str) -> list[str]:
    return [country.name for country in countries(language)]


# --- the file --------------------------------------------------------------------------------------


def test_the_file_is_what_its_sources_say_now() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert kept == countries_data.made(), "run: python -m tests.countries_data"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_region_with_telephones_is_there_under_a_name(language: str) -> None:
    assert {country.region for country in countries(language)} == (
        phonenumbers.SUPPORTED_REGIONS - countries_data.NAMELESS
    )
    assert all(country.name for country in countries(language))


def test_dial_codes_are_those_of_phonenumbers() -> None:
    for country in countries("en"):
        code = phonenumbers.country_code_for_region(country.region)
        assert country.dial == str(code)
        assert country.main == (phonenumbers.region_code_for_country_code(code) == country.region)


def test_importing_reads_nothing() -> None:
    asked = (
        "import sys; from vestibule import countries as c; a = c._data.cache_info().currsize;"
        "c.countries('de'); print(a, c._data.cache_info().currsize, 'phonenumbers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1", "False"]


# --- order -----------------------------------------------------------------------------------------


def test_accents_do_not_change_the_order() -> None:
    de, fr = named("de"), named("fr")
    assert de[:3] == ["Afghanistan", "Ägypten", "Ålandinseln"]
    assert de.index("Oman") < de.index("Österreich") < de.index("Pakistan")
    assert fr.index("Espagne") < fr.index("Estonie") < fr.index("États-Unis") < fr.index("Éthiopie")


def test_an_unknown_language_is_english() -> None:
    assert countries("tlh") == countries("en")


def test_nobody_can_spoil_the_list_of_others() -> None:
    countries("en").clear()
    assert len(countries("en")) > 200


# --- searching -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "typed", "first"),
    [
        ("en", "switz", "CH"),
        ("fr", "suis", "CH"),
        ("de", "SCHWEI", "CH"),
        ("de", "oster", "AT"),
        ("de", "Öster", "AT"),
        ("de", "O\u0308ster", "AT"),  # the umlaut as two characters, as macOS pastes it
        ("de", "oesterreich", "AT"),
        ("de", "vereinigtes", "GB"),
        ("fr", "etats", "US"),
        ("fr", "cote", "CI"),
        ("fr", "cote d'i", "CI"),
        ("en", "guinea bissau", "GW"),
        ("en", "saint lucia", "LC"),
        ("en", "trinidad and", "TT"),
        ("de", "usa", "US"),
        ("en", "uk", "UA"),
        ("de", "Großbritannien", "GB"),
        ("de", "hongk", "HK"),
    ],
)
def test_a_name_is_found_as_it_is_typed(language: str, typed: str, first: str) -> None:
    assert found(language, typed)[0] == first


def test_the_likeliest_come_first() -> None:
    beginning, code, inside = ["TD", "CL", "CN", "CX"], ["CH"], ["CZ"]
    assert found("en", "ch")[:6] == beginning + code + inside
    samoa = found("en", "sa")
    assert samoa.index("WS") < samoa.index("AS")  # Samoa before American Samoa
    assert found("en", "gb") == ["GB"]
    assert "GB" in found("en", "uk")


def test_other_names_count_from_their_beginning_only() -> None:
    assert "AE" in found("en", "UAE")
    assert "BY" not in found("en", "russland")


@pytest.mark.parametrize("typed", ["+41", "41", "0041", " 00 41 ", "+41 79 123 45 67", "0041(0)79-1", "４１"])
def test_a_dial_code_is_found(typed: str) -> None:
    assert found("en", typed) == ["CH"]


def test_the_main_country_of_a_shared_code_comes_first() -> None:
    assert found("de", "+44") == ["GB", "GG", "IM", "JE"]
    assert found("en", "1")[0] == "US"
    assert found("en", "+39") == ["IT", "VA"]


def test_the_beginning_of_a_dial_code_finds_all_that_may_follow() -> None:
    assert found("en", "42") == ["CZ", "SK", "LI"]


@pytest.mark.parametrize("typed", ["", "  ", "+", "0", "00", "000"])
def test_nothing_typed_yet_finds_all_in_order(typed: str) -> None:
    assert search(countries("fr"), typed) == countries("fr")


@pytest.mark.parametrize("typed", ["xyzzy", "079 123", "+999", "🙂", "؟", "[/xq]", "\x1b[2J"])
def test_what_is_no_country_finds_none(typed: str) -> None:
    assert found("en", typed) == []


# --- zones -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("Europe/Zurich", "CH"),
        ("America/New_York", "US"),
        ("Europe/Kyiv", "UA"),
        ("Europe/Kiev", "UA"),  # the old name, still on many machines
        ("UTC", None),
        ("Etc/UTC", None),
        ("Antarctica/McMurdo", None),  # nobody has numbers of their own there
        ("Europe/Lindenhof", None),
        ("", None),
    ],
)
def test_zones(zone: str, region: str | None) -> None:
    assert of_zone(zone) == region


def test_every_zone_is_of_a_country_in_the_list() -> None:
    regions = {country.region for country in countries("en")}
    assert set(json.loads(FILE.read_text(encoding="utf-8"))["zones"]) <= regions
