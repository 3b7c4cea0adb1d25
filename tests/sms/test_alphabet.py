"""How many messages a text takes (3GPP TS 23.038), also against a modem's own count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.sms.alphabet import Parts, gsm7_safe, parts


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Parts("gsm7", 1, 0)),
        ("a" * 160, Parts("gsm7", 1, 160)),
        ("a" * 161, Parts("gsm7", 2, 161)),
        ("a" * 306, Parts("gsm7", 2, 306)),
        ("a" * 307, Parts("gsm7", 3, 307)),
        ("€" * 80, Parts("gsm7", 1, 160)),
        ("€" * 81, Parts("gsm7", 2, 162)),
        # 153 is odd: an escaped character that would be cut moves on, 76 to a part.
        ("€" * 152, Parts("gsm7", 2, 304)),
        ("€" * 153, Parts("gsm7", 3, 306)),
        ("’" * 70, Parts("ucs2", 1, 70)),
        ("’" * 71, Parts("ucs2", 2, 71)),
        ("’" * 134, Parts("ucs2", 2, 134)),
        ("’" * 135, Parts("ucs2", 3, 135)),
        ("😀" * 35, Parts("ucs2", 1, 70)),
        ("😀" * 66, Parts("ucs2", 2, 132)),
        ("😀" * 67, Parts("ucs2", 3, 134)),
        ("äöüÄÖÜß éèàùì Ç €[]{}", Parts("gsm7", 1, 26)),
        ("reçu", Parts("ucs2", 1, 4)),
    ],
)
def test_the_known_counts(text: str, wanted: Parts) -> None:
    assert parts(text) == wanted


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_a_part_never_holds_more_than_it_can(text: str) -> None:
    found = parts(text)
    alone, joined = (160, 153) if gsm7_safe(text) else (70, 67)
    assert found.alphabet == ("gsm7" if gsm7_safe(text) else "ucs2")
    assert found.units <= (alone if found.parts == 1 else joined * found.parts)
    assert (found.parts == 1) == (found.units <= alone)
    if found.alphabet == "ucs2":
        assert found.units == len(text.encode("utf-16-le")) // 2
