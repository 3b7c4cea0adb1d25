"""The keypad's keys, and where they lie."""

from __future__ import annotations

import string

import pytest

from vestibule.access.crockford import ALPHABET
from vestibule.kiosk.code_entry import meant
from vestibule.kiosk.layouts import ERASE, NEXT_PAGE, SPACE, grid, keys, tallest


def test_a_code_has_a_key_for_each_of_its_letters_and_no_other() -> None:
    assert sorted(keys("code")) == sorted([*ALPHABET, ERASE])


def test_any_password_can_be_typed_without_a_keyboard() -> None:
    pages = {key for page in range(3) for key in keys("text", page)}
    assert pages >= {*string.ascii_letters, *string.digits, *string.punctuation, SPACE}
    assert all(NEXT_PAGE in keys("text", page) for page in range(3))
    assert keys("text", 3) == keys("text", 0)


@pytest.mark.parametrize(
    ("before", "capital"), [("", True), ("Anna", False), ("Anna ", True), ("Jean-", True)]
)
def test_names_begin_with_capitals(before: str, capital: bool) -> None:
    assert ("A" in keys("name", 0, before)) is capital
    assert ("a" in keys("name", 0, before)) is not capital


@pytest.mark.parametrize("width", [36, 38, 56, 58, 66, 120])
@pytest.mark.parametrize("boxed", [True, False])
def test_every_key_lies_within_the_width_and_is_found_where_it_is_drawn(width: int, boxed: bool) -> None:
    labels = [chr(0x100 + number) for number in range(tallest())]
    drawn = grid(width, boxed=boxed, most=len(labels))
    assert drawn.columns * drawn.pitch + boxed <= width
    found = {}
    for y, cells in enumerate(drawn.lines(labels)):
        for x, cell in enumerate(cells):
            place = x * drawn.pitch + boxed, 2 * y + 1 if boxed else y
            found[cell.strip()] = {drawn.at(place[0] + step, place[1]) for step in range(len(cell))}
    assert [found[label] for label in labels] == [{number} for number in range(len(labels))]
    assert drawn.at(drawn.columns * drawn.pitch + boxed, 1) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("7kqm-4xpt-9d2h", "7KQM4XPT9D2H"),
        ("o1l i", "0111"),
        ("HTTPS://HAUS.EXAMPLE:7550/J/7KQM-4XPT-9D2H", "7KQM4XPT9D2H"),
        ("7KQM4XPT9D2HAAAA", "7KQM4XPT9D2H"),
        ("ü!\x1b[31m", "31M"),
    ],
)
def test_what_is_meant_by_what_is_typed(typed: str, code: str) -> None:
    assert meant(typed) == code
