from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.qr_reading import Cell, picture, read_both, run_cells
from vestibule.render.qr import (
    Fit,
    Ink,
    Matrix,
    Style,
    dimensions,
    draw,
    fit,
    link_matrix,
    needed,
    otpauth_matrix,
)

LINK = "https://lindenhof.example:7550/j/7KQM4XPT9D2H"
READ = "https://LINDENHOF.EXAMPLE:7550/J/7KQM4XPT9D2H"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTPAUTH = f"otpauth://totp/Haus%20Lindenhof:anna@example.org?issuer=Haus%20Lindenhof&secret={SECRET}"
FITS = [Fit(Style.FULL, 4), Fit(Style.FULL, 2), Fit(Style.HALF, 4), Fit(Style.HALF, 2), Fit(Style.HALF, 1)]
SIZES = [17 + 4 * version for version in range(1, 41)]

sizes = st.sampled_from(SIZES)
fonts = st.sampled_from([True, False, None])
styles = st.sampled_from([None, Style.FULL, Style.HALF])
lengths = st.integers(0, 400)


def host(length: int) -> str:
    return ("haus-lindenhof.gateway.buildings.example.org" + "x" * length)[-length:]


def cells(matrix: Matrix, how: Fit, ink: Ink = Ink.COLOUR, inverted: bool = False) -> list[list[Cell]]:
    return [run_cells(row) for row in draw(matrix, how, ink, inverted)]


@pytest.mark.parametrize("length", [12, 15, 20, 24, 28, 31, 35, 40])
@pytest.mark.parametrize("how", FITS, ids=str)
def test_links_of_every_length_are_read(length: int, how: Fit) -> None:
    name = host(length)
    read = f"https://{name.upper()}:7550/J/7KQM4XPT9D2H"
    image = picture(cells(link_matrix(f"https://{name}:7550/j/7KQM4XPT9D2H"), how))
    assert read_both(image) == (read, read)


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("HTTPS://Site.Example/j/7KQM", "https://SITE.EXAMPLE/J/7KQM"),
        ("http://10.0.0.7:7550/j/7KQM", "http://10.0.0.7:7550/J/7KQM"),
        ("https://site.example/j?code=7kqm", "https://site.example/j?code=7kqm"),
        ("https://[fe80::1]:7550/j/7kqm", "https://[fe80::1]:7550/j/7kqm"),
        ("ftp://site.example/j/7kqm", "ftp://site.example/j/7kqm"),
        ("https://", "https://"),
        ("7KQM", "7KQM"),
    ],
)
def test_only_what_may_change_case_does(link: str, read: str) -> None:
    assert read_both(picture(cells(link_matrix(link), FITS[0]))) == (read, read)


@pytest.mark.parametrize(
    "uri",
    [
        OTPAUTH,
        f"otpauth://totp/Acme:alice?issuer=Acme&secret={SECRET}",
        f"otpauth://totp/secret=1:alice?issuer=secret=&secret={SECRET}",
        f"otpauth://totp/Acme:alice?secret={SECRET}&issuer=Acme",
        "otpauth://totp/Acme:alice?secret=",
        "otpauth://totp/Acme:alice",
    ],
)
@pytest.mark.parametrize("how", [FITS[0], FITS[2], FITS[4]], ids=str)
def test_otpauth_is_read_as_it_was_given(uri: str, how: Fit) -> None:
    assert read_both(picture(cells(otpauth_matrix(uri), how))) == (uri, uri)


@pytest.mark.parametrize("link", ["", "https://a.example/j/" + "x" * 5000])
def test_refuses_what_no_code_can_hold(link: str) -> None:
    with pytest.raises(ValueError):
        link_matrix(link)


def test_payloads_are_small() -> None:
    assert len(link_matrix("https://id.example.org/j/K7QMZ2XW9R4T8V3N")) == 25
    assert len(link_matrix(LINK)) == 29
    uri = "otpauth://totp/id.example.org:alice@example.org?issuer=id.example.org&secret=" + SECRET
    assert (len(uri), len(otpauth_matrix(uri))) == (109, 37)


def test_never_a_micro_qr_code() -> None:
    assert len(link_matrix("1")) == 21


def test_a_link_is_encoded_once() -> None:
    assert link_matrix(LINK) is link_matrix(LINK)


def test_segno_is_imported_only_to_encode() -> None:
    program = "import sys, vestibule.render.qr as qr; print('segno' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("modules", "expected"),
    [  # facts/qr.md: full q4, full q2, half q4, half q2, half q1
        (21, [(58, 29), (50, 25), (29, 15), (25, 13), (23, 12)]),
        (25, [(66, 33), (58, 29), (33, 17), (29, 15), (27, 14)]),
        (29, [(74, 37), (66, 33), (37, 19), (33, 17), (31, 16)]),
        (37, [(90, 45), (82, 41), (45, 23), (41, 21), (39, 20)]),
        (57, [(130, 65), (122, 61), (65, 33), (61, 31), (59, 30)]),
    ],
)
def test_sizes(modules: int, expected: list[tuple[int, int]]) -> None:
    assert [dimensions(modules, how) for how in FITS] == expected
    for how, (columns, rows) in zip(FITS, expected, strict=True):
        assert fit(modules, columns, rows, True) in FITS[: FITS.index(how) + 1]


def test_the_largest_that_fits_comes_first() -> None:
    areas = [(74, 37), (73, 37), (66, 33), (65, 80), (37, 19), (37, 18), (33, 17), (32, 17), (31, 16)]
    expected = [FITS[i] for i in (0, 1, 1, 2, 2, 3, 3, 4, 4)]
    assert [fit(29, *area, half_blocks=True) for area in areas] == expected
    assert [fit(29, *area, half_blocks=None) for area in areas] == expected
    assert fit(29, 30, 16, half_blocks=True) is None
    assert fit(29, 31, 15, half_blocks=True) is None


def test_without_half_blocks_only_full() -> None:
    assert fit(29, 66, 33, half_blocks=False) == Fit(Style.FULL, 2)
    assert fit(29, 65, 33, half_blocks=False) is None
    assert needed(29, half_blocks=False) == (66, 33)


def test_a_style_that_was_asked_for_outweighs_the_font() -> None:
    assert fit(29, 200, 80, half_blocks=False, only=Style.HALF) == Fit(Style.HALF, 4)
    assert fit(29, 40, 20, half_blocks=True, only=Style.FULL) is None


@given(sizes, fonts, styles)
def test_needed_is_the_smallest_that_fits(size: int, half_blocks: bool | None, only: Style | None) -> None:
    columns, rows = needed(size, half_blocks, only)
    assert fit(size, columns, rows, half_blocks, only)
    assert not fit(size, columns - 1, rows, half_blocks, only)
    assert not fit(size, columns, rows - 1, half_blocks, only)


@given(sizes, lengths, lengths, fonts, styles)
def test_what_fits_is_inside(
    size: int, columns: int, rows: int, font: bool | None, only: Style | None
) -> None:
    choice = fit(size, columns, rows, font, only)
    least = needed(size, font, only)
    assert (choice is not None) == (least[0] <= columns and least[1] <= rows)
    if choice:
        width, height = dimensions(size, choice)
        assert width <= columns
        assert height <= rows
        assert choice.quiet >= 1


@pytest.mark.parametrize("ink", Ink)
@pytest.mark.parametrize("how", FITS, ids=str)
@pytest.mark.parametrize("surroundings", ["#000000", "#1e1e1e", "#e0e0e0", "#ffffff"])
def test_every_ink_is_read(ink: Ink, how: Fit, surroundings: str) -> None:
    assert read_both(picture(cells(link_matrix(LINK), how, ink), surroundings)) == (READ, READ)


@pytest.mark.parametrize("ink", Ink)
@pytest.mark.parametrize("how", FITS, ids=str)
def test_rows_are_as_wide_and_many_as_said(ink: Ink, how: Fit) -> None:
    drawn = cells(link_matrix(LINK), how, ink)
    assert (len(drawn[0]), len(drawn)) == dimensions(29, how)
    assert {len(row) for row in drawn} == {len(drawn[0])}


@pytest.mark.parametrize("ink", Ink)
@pytest.mark.parametrize("how", FITS, ids=str)
def test_the_quiet_zone_is_light_on_every_side(ink: Ink, how: Fit) -> None:
    light = "#d0d0d0" if ink is Ink.REVERSE else "#ffffff"
    image = picture(cells(link_matrix(LINK), how, ink), margin=0)
    border = how.quiet * (20 if how.style is Style.FULL else 10)
    inner = image[border:-border, border:-border]
    shade = int(light[1:3], 16)
    assert image.sum() - inner.sum() == shade * (image.size - inner.size)


@pytest.mark.parametrize("ink", [Ink.COLOUR, Ink.DARK_INK])
@pytest.mark.parametrize("how", FITS, ids=str)
def test_inverted_swaps_dark_and_light(ink: Ink, how: Fit) -> None:
    normal = picture(cells(link_matrix(LINK), how, ink), margin=0)
    swapped = picture(cells(link_matrix(LINK), how, ink, inverted=True), margin=0)
    assert (swapped == 255 - normal).all()


def test_inverted_reverse_video_suits_a_light_terminal() -> None:
    for how in FITS:
        rows = draw(link_matrix(LINK), how, Ink.REVERSE, inverted=True)
        image = picture([run_cells(row, fg="#202020", bg="#f0f0f0") for row in rows], "#f0f0f0")
        assert read_both(image) == (READ, READ)


def test_reverse_video_has_no_colours() -> None:
    runs = [run for row in draw(link_matrix(LINK), FITS[2], Ink.REVERSE) for run in row]
    assert {(run.fg, run.bg) for run in runs} == {(None, None)}


@pytest.mark.parametrize("ink", Ink)
def test_cells_whose_modules_agree_are_spaces(ink: Ink) -> None:
    full = [run.text for row in draw(link_matrix(LINK), FITS[0], ink) for run in row]
    assert set("".join(full)) == {" "}
    half = [run.text for row in draw(link_matrix(LINK), FITS[2], ink) for run in row]
    assert set("".join(half)) == {" ", "▀", "▄"}


def test_dark_ink_is_never_light() -> None:
    runs = [run for row in draw(link_matrix(LINK), FITS[2], Ink.DARK_INK) for run in row if run.text.strip()]
    assert {(run.fg, run.bg) for run in runs} == {("#000000", "#ffffff")}


@pytest.mark.parametrize("gap", [1, 2])
def test_glyphs_that_leave_a_gap_are_read(gap: int) -> None:
    for how in (FITS[2], FITS[3]):
        assert READ in read_both(picture(cells(link_matrix(LINK), how), gap=gap))


def test_runs_are_merged() -> None:
    for how in FITS:
        for row in draw(link_matrix(LINK), how, Ink.COLOUR):
            for one, next_one in pairwise(row):
                assert one[1:] != next_one[1:]
