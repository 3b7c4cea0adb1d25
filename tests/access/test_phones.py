"""Telephone numbers as people type them; the numbers are shaped like real ones."""

from __future__ import annotations

import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.access import phones
from vestibule.access.refused import PROBLEMS, Refused


def code(country: str, number: str) -> str:
    with pytest.raises(Refused) as refused:
        phones.mobile(country, number)
    assert refused.value.field == "number"
    return refused.value.code


@pytest.mark.parametrize(
    ("country", "number", "e164"),
    [
        ("CH", "079 123 45 67", "+41791234567"),
        ("CH", "079/123.45.67", "+41791234567"),
        ("CH", " (079) 123-45-67 ", "+41791234567"),
        ("CH", "79 123 45 67", "+41791234567"),
        ("CH", "+41 79 123 45 67", "+41791234567"),
        ("CH", "+41 (0)79 123 45 67", "+41791234567"),
        ("CH", "(+41) 79 123 45 67", "+41791234567"),
        ("CH", "0041 79 123 45 67", "+41791234567"),
        ("CH", "41791234567", "+41791234567"),
        ("ch", "0791234567", "+41791234567"),
        ("DE", "01512 3456789", "+4915123456789"),
        ("AT", "0664 1234567", "+436641234567"),
        ("FR", "06 12 34 56 78", "+33612345678"),
        ("FR", "0033 6 12 34 56 78", "+33612345678"),
        ("IT", "312 345 6789", "+393123456789"),
        ("GB", "07400 123456", "+447400123456"),
        ("US", "(202) 555-0143", "+12025550143"),  # landline or mobile: nobody can tell
        ("US", "1-202-555-0143", "+12025550143"),
        ("LI", "660 234 567", "+423660234567"),
        # of another country than the one chosen
        ("CH", "+33 6 12 34 56 78", "+33612345678"),
        ("US", "011 41 79 123 45 67", "+41791234567"),
        ("US", "0041 79 123 45 67", "+41791234567"),
        ("", "+41 79 123 45 67", "+41791234567"),
        # reached like a mobile
        ("FR", "09 12 34 56 78", "+33912345678"),
    ],
)
def test_a_mobile_number_is_understood_as_it_is_typed(country: str, number: str, e164: str) -> None:
    assert phones.mobile(country, number) == e164


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("CH", "044 123 45 67"),
        ("CH", "+49 30 123456"),
        ("DE", "030 123456"),
        ("AT", "01 5123456"),
        ("FR", "01 23 45 67 89"),
        ("IT", "06 1234 5678"),
        ("GB", "020 7946 0018"),
        ("LI", "235 12 34"),
    ],
)
def test_a_landline_is_told(country: str, number: str) -> None:
    assert code(country, number) == "phone_landline"


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("CH", "0900 123 456"),
        ("CH", "0800 123 456"),
        ("CH", "0848 123 456"),
        ("CH", "058 123 45 67"),
        ("CH", "0740 123 456"),  # a pager
        ("CH", "0860 79 123 45 67"),  # a voicemail box
        ("DE", "0137 1234567"),
        ("AT", "0820 123456"),
        ("FR", "0899 12 34 56"),
        ("IT", "899 123456"),
        ("GB", "0909 123 4567"),
        ("GB", "0845 123 4567"),
        ("US", "900 234 5678"),
        ("US", "1 800 234 5678"),
        ("LI", "900 22 22"),
        ("CH", "+44 909 123 4567"),
        ("CH", "+800 1234 5678"),
        ("CH", "+881 6 1234 5678"),  # a satellite phone
        ("CH", "+870 773 111 632"),
        ("GB", "070 1234 5678"),
    ],
)
def test_no_code_is_sent_where_it_costs(country: str, number: str) -> None:
    assert code(country, number) == "phone_premium"


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("CH", "117"),
        ("US", "911"),
        ("FR", "3631"),
        ("CH", "079 123 45 6"),
        ("CH", "079 123 45 67 8"),
        ("CH", "01512 3456789"),  # German, without its country
        ("GR", "+210 123 4567"),  # a landline of Athens, if it were not for the plus
        ("XX", "079 123 45 67"),
        ("", "079 123 45 67"),
        ("CH", "+999 79 123 45 67"),
        ("CH", "+0041 79 123 45 67"),
        ("CH", "++41791234567"),
        ("CH", "41+791234567"),
        ("CH", ""),
        ("CH", "+"),
        ("CH", "()"),
        ("CH", "0" * 5000),
        ("CH", "079" + " " * 40 + "1234567"),
        ("CH", "call me"),
        ("US", "1-800-FLOWERS"),
        ("CH", "079 123 45 67 ext 2"),
        ("CH", "079 123 45 67;ext=2"),
        ("CH", "tel:+41791234567"),
        ("CH", "*31#0791234567"),
        ("CH", "079,1234567"),
        ("CH", "079\n1234567"),
        ("CH", "0791234567\n"),
        ("CH", "079\t1234567"),
        ("CH", "079\x001234567"),
        ("CH", "\x1b[2J0791234567"),
        ("CH", "\u202e0791234567"),  # turned to be read from the right
        ("CH", "079\u200b1234567"),
        ("CH", "０７９ １２３ ４５ ６７"),
        ("CH", "＋41791234567"),
        ("CH", "٠٧٩١٢٣٤٥٦٧"),
    ],
)
def test_what_is_no_number_there_is_refused(country: str, number: str) -> None:
    assert code(country, number) == "phone_invalid"


@pytest.mark.parametrize(
    ("number", "e164"),
    [
        ("+41 44 123 45 67", "+41441234567"),
        ("+41 (0)79 123 45 67", "+41791234567"),
        ("0041 79 123 45 67", "+41791234567"),
        ("+39 06 1234 5678", "+390612345678"),
        ("+86 139 5550 0121", "+8613955500121"),
    ],
)
def test_a_clients_number_is_kept_with_its_country(number: str, e164: str) -> None:
    assert phones.normal(number) == e164


@pytest.mark.parametrize(
    "number", ["079 123 45 67", "41791234567", "+41 12 345", "+", "", "+41 79 １２３ 45 67"]
)
def test_a_clients_number_needs_its_country(number: str) -> None:
    with pytest.raises(Refused) as refused:
        phones.normal(number)
    assert (refused.value.code, refused.value.field) == ("phone_invalid", "phone")


def test_only_the_end_of_a_number_is_shown() -> None:
    assert phones.masked("+41791234412") == "•••• 4412"


@pytest.mark.parametrize(
    ("e164", "region"),
    [
        ("+41791234567", "CH"),
        ("+12025550143", "US"),
        ("+16135550143", "CA"),
        ("+447781123456", "GG"),
        ("+881612345678", None),
        ("+999123456", None),
        ("0791234567", None),
        ("", None),
    ],
)
def test_the_region_of_a_number(e164: str, region: str | None) -> None:
    assert phones.region(e164) == region


def test_every_objection_is_a_known_problem() -> None:
    assert {"phone_invalid", "phone_landline", "phone_premium"} <= PROBLEMS.keys()


def test_nothing_is_imported_before_there_is_a_number() -> None:
    asked = "import sys; import vestibule.access.phones; print('phonenumbers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


COUNTRIES = st.sampled_from(
    ["CH", "DE", "AT", "FR", "IT", "GB", "US", "LI", "BR", "AR", "JP", "RU", "ZZ", "", "☃"]
)
PREFIXES = st.sampled_from(["", "0", "00", "+", "+41", "0041", "+39", "+1", "+54 9", "011"])
TYPED = st.builds(str.__add__, PREFIXES, st.text(string.digits + " -()", min_size=5, max_size=16))
REAL = ["+41791234567", "0791234567", "+390612345678", "+5491123456789", "2025550143", "+4915123456789"]
NEARLY_REAL = st.builds(
    lambda number, at, digit: number[:at] + digit + number[at + 1 :],
    st.sampled_from(REAL),
    st.integers(1, 14),
    st.sampled_from("0179"),
)
NUMBERS = TYPED | NEARLY_REAL | st.text()


@given(COUNTRIES, NUMBERS)
def test_any_text_is_a_number_that_stays_as_it_is_or_is_refused(country: str, number: str) -> None:
    try:
        e164 = phones.mobile(country, number)
    except Refused:
        return
    assert phones.mobile("CH", e164) == phones.mobile("", e164) == phones.normal(e164) == e164


@given(NUMBERS)
def test_any_text_is_a_clients_number_that_stays_as_it_is_or_is_refused(number: str) -> None:
    try:
        e164 = phones.normal(number)
    except Refused:
        return
    assert phones.normal(e164) == e164
    assert phones.region(e164) != "001"
