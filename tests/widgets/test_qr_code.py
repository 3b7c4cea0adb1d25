from __future__ import annotations

import pytest
from rich.color import Color
from textual.app import App, ComposeResult
from textual.css.types import AlignHorizontal, AlignVertical
from textual.strip import Strip

from tests.qr_reading import Cell, picture, read_both, run_cells
from vestibule.render.qr import Fit, Style, link_matrix
from vestibule.widgets.qr_code import Choice, QrCode

LINK = "https://lindenhof.example:7550/j/7KQM4XPT9D2H"
READ = "https://LINDENHOF.EXAMPLE:7550/J/7KQM4XPT9D2H"  # 29 modules
BLACK_AND_WHITE = {"#000000", "#ffffff"}


class Desk(App[None]):
    def __init__(self, half_blocks: bool | None = True, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.code = QrCode(half_blocks=half_blocks)
        self.reports: list[tuple[bool, tuple[int, int] | None, str | None]] = []

    def compose(self) -> ComposeResult:
        yield self.code

    def on_qr_code_fitted(self, message: QrCode.Fitted) -> None:
        assert message.control is self.code
        self.reports.append((message.fits, message.needed, message.hint))


def strips(code: QrCode, filtered: bool = True) -> list[Strip]:
    """The widget's lines, through the app's filters as on their way to the terminal."""
    lines = [code.render_line(y) for y in range(code.content_size.height)]
    if filtered:
        for line_filter in code.get_line_filters():
            lines = [line.apply_filter(line_filter, code.background_colors[1]) for line in lines]
    return lines


def name(colour: Color | None) -> str | None:
    return None if colour is None or colour.is_default else colour.get_truecolor().hex


def cells(code: QrCode) -> list[list[Cell]]:
    rows = []
    for strip in strips(code):
        runs = []
        for text, style, _control in strip:
            assert style is not None
            runs.append((text, name(style.color), name(style.bgcolor), bool(style.reverse)))
        rows.append(run_cells(runs))
        assert len(rows[-1]) == code.content_size.width
    return rows


def words(code: QrCode) -> str:
    return " ".join(" ".join(strip.text for strip in strips(code)).split())


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "dracula"])
@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        ((100, 40), Fit(Style.FULL, 4)),
        ((74, 37), Fit(Style.FULL, 4)),
        ((70, 34), Fit(Style.FULL, 2)),
        ((80, 24), Fit(Style.HALF, 4)),
        ((40, 18), Fit(Style.HALF, 2)),
        ((31, 16), Fit(Style.HALF, 1)),
    ],
)
async def test_read_at_every_size_and_theme(theme: str, size: tuple[int, int], drawn: Fit) -> None:
    app = Desk()
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        assert (app.code.drawn, app.code.shown) == (drawn, True)
        grid = cells(app.code)
        assert read_both(picture(grid, grid[-1][-1].bg)) == (READ, READ)
        assert app.reports == [(True, None, None)]


@pytest.mark.parametrize("size", [(30, 24), (31, 15), (80, 10), (12, 8), (5, 2), (1, 1)])
async def test_too_small_says_which_size_and_draws_no_code(size: tuple[int, int]) -> None:
    app = Desk()
    async with app.run_test(size=size) as pilot:
        app.code.show(link_matrix(LINK), "lindenhof.example:7550/j/7KQM-4XPT-9D2H")
        await pilot.pause()
        assert app.code.drawn is None
        assert app.reports == [(False, (31, 16), None)]
        assert not {cell.bg for row in cells(app.code) for cell in row} & BLACK_AND_WHITE
        assert not set("▀▄█") & set(words(app.code))
        if size[0] >= 30:
            assert "needs 31 columns × 16 rows here" in words(app.code)
            assert f"there are {size[0]} × {size[1]}" in words(app.code)
            assert "7KQM-4XPT-9D2H" in words(app.code).replace(" ", "")


async def test_follows_the_size_of_the_window() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show(link_matrix(LINK))
        for size, drawn in (((20, 24), None), ((80, 18), 2), ((80, 15), None), ((80, 24), 4)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            fitted = app.code.drawn
            assert (fitted.quiet if fitted else None) == drawn
            assert (read_both(picture(cells(app.code)))[0] == READ) is (drawn is not None)
        assert [report[0] for report in app.reports] == [True, False, True, False, True]


async def test_a_line_painted_before_the_resize_event_is_no_old_code(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        monkeypatch.delattr(QrCode, "on_resize")
        await pilot.resize_terminal(25, 24)
        assert "columns" in words(app.code)


async def test_without_half_blocks_only_full() -> None:
    app = Desk(half_blocks=False)
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        assert app.reports == [(False, (66, 33), None)]
        assert "needs 66 columns × 33 rows" in words(app.code)
        assert not app.code.focusable
        assert not app.code.allow_select
        assert app.code.next_style() is Choice.FULL
        assert app.code.next_style() is Choice.HALF  # the font may have been changed since
        assert app.code.drawn == Fit(Style.HALF, 4)


async def test_an_unknown_font_brings_a_hint_with_half_blocks_only() -> None:
    app = Desk(half_blocks=None)
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        await pilot.resize_terminal(100, 50)
        await pilot.pause()
        assert [(fits, hint is not None) for fits, _needed, hint in app.reports] == [
            (True, True),
            (True, False),
        ]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_styles_go_round_and_each_is_read(theme: str) -> None:
    app = Desk()
    async with app.run_test(size=(100, 40)) as pilot:
        app.theme = theme
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        seen = []
        for _ in Choice:
            seen.append(app.code.next_style())
            assert read_both(picture(cells(app.code), "#000000")) == (READ, READ)
        assert seen == [Choice.FULL, Choice.HALF, Choice.REVERSE, Choice.AUTOMATIC]
        assert not any(cell.reverse for row in cells(app.code) for cell in row)


async def test_invert_swaps_dark_and_light_and_back() -> None:
    app = Desk()
    async with app.run_test(size=(29 + 8, 19)) as pilot:
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        normal = picture(cells(app.code), margin=0)
        assert app.code.toggle_invert()
        assert (picture(cells(app.code), margin=0) == 255 - normal).all()
        assert not app.code.toggle_invert()
        assert (picture(cells(app.code), margin=0) == normal).all()


async def test_sixteen_colours_get_dark_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console.Console.color_system", "standard")
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        glyphs = [cell for row in cells(app.code) for cell in row if cell.char in "▀▄"]
        assert {(cell.fg, cell.bg) for cell in glyphs} == {("#000000", "#ffffff")}
        assert read_both(picture(cells(app.code))) == (READ, READ)


@pytest.mark.parametrize("ansi_first", [None, True])
@pytest.mark.parametrize("later", ["textual-dark", "textual-light", "ansi-dark"])
async def test_readable_under_no_color(
    monkeypatch: pytest.MonkeyPatch, ansi_first: bool | None, later: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Desk(ansi_color=ansi_first)
    async with app.run_test(size=(80, 24)) as pilot:
        app.ansi_color = None
        app.theme = later
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        assert read_both(picture(cells(app.code))) == (READ, READ)
        used = {cell.reverse for row in cells(app.code) for cell in row}
        assert used == ({True, False} if ansi_first else {False})


async def test_hide_leaves_nothing_and_show_reports_again() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        app.code.show(link_matrix(LINK))
        app.code.hide()
        assert (app.code.shown, app.code.matrix, app.code.drawn, words(app.code)) == (False, None, None, "")
        app.code.show(link_matrix(LINK))
        await pilot.pause()
        assert app.reports == [(True, None, None)] * 2


@pytest.mark.parametrize(
    ("across", "down", "corner"),
    [("left", "top", (0, 0)), ("center", "middle", (21, 2)), ("right", "bottom", (43, 5))],
)
async def test_content_align_places_the_code(
    across: AlignHorizontal, down: AlignVertical, corner: tuple[int, int]
) -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)):
        app.code.styles.content_align = across, down
        app.code.show(link_matrix(LINK))
        grid = cells(app.code)
        light = [(x, y) for y, row in enumerate(grid) for x, cell in enumerate(row) if cell.bg == "#ffffff"]
        assert light[0] == corner


async def test_the_text_takes_the_colours_of_the_theme_and_cannot_act() -> None:
    app = Desk()
    async with app.run_test(size=(60, 6)) as pilot:
        app.code.show(link_matrix(LINK), "\x1b[31m[/x]\u202e")
        await pilot.pause()
        assert "�[31m[/x]�" in words(app.code)
        for theme in ("textual-dark", "textual-light"):
            app.theme = theme
            await pilot.pause()
            colours = {
                style.color for strip in strips(app.code, filtered=False) for _, style, _ in strip if style
            }
            assert colours == {app.code.visual_style.rich_style.color}
