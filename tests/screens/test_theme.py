"""Choosing a theme, and what a widget says where there are no colours to say it with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tests.screens.desk import PROFILE
from tests.waiting import until
from vestibule.app import VestibuleApp
from vestibule.config import Folders
from vestibule.remote.connection import Connection
from vestibule.remote.preferences import load
from vestibule.screens.theme_choice import ThemeChoice
from vestibule.terminal import THEMES
from vestibule.themes import ALL, choice_of, name_of
from vestibule.widgets.field import Field
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.scroll_bar import use_whole_cells


def offered(app: VestibuleApp) -> list[str]:
    commands = app.get_system_commands(app.screen)
    return [command.title for command in commands if command.title.startswith("Theme: ")]


async def test_the_palette_puts_a_theme_on_and_it_is_remembered(here: Folders) -> None:
    app = VestibuleApp(Connection(here), PROFILE)
    async with app.run_test():
        assert len(offered(app)) == len(THEMES)
        light = next(each for each in app.get_system_commands(app.screen) if each.title == "Theme: Light")
        light.callback()
        assert choice_of(app.theme) == load(here).theme == "light"
    await app.connection.close()


async def test_the_dialog_begins_at_the_present_one_and_escape_changes_nothing(here: Folders) -> None:
    app = VestibuleApp(Connection(here), PROFILE)
    async with app.run_test() as pilot:
        await pilot.press("f9")
        await until(lambda: isinstance(app.screen, ThemeChoice) and app.screen.focused is not None)
        assert str(app.screen.query_one("#theme-dark", PushButton).render()) == "[ * Dark ]"
        assert app.screen.query_one("#theme-dark").has_focus
        await pilot.press("down", "escape")
        await until(lambda: not isinstance(app.screen, ThemeChoice))
        assert (choice_of(app.theme), load(here).theme) == ("dark", "")
    await app.connection.close()


@pytest.mark.parametrize(("colourless", "titles"), [(False, 2), (True, 0)])
async def test_only_what_can_be_read_here_is_offered(here: Folders, colourless: bool, titles: int) -> None:
    app = VestibuleApp(Connection(here), replace(PROFILE, sixteen_colours=True, colourless=colourless))
    async with app.run_test():
        assert len(offered(app)) == titles
    await app.connection.close()


class Bare(App[None]):
    """A field, a button that cannot be pressed, and more lines than there is room for."""

    def compose(self) -> ComposeResult:
        yield Field("Code", id="code", placeholder="123 456")
        yield PushButton("Send", id="send")
        with VerticalScroll():
            yield Static("\n".join("abc"), id="lines")

    def on_mount(self) -> None:
        for theme in ALL:
            self.register_theme(theme)


async def test_an_example_is_told_from_what_is_typed_where_nothing_is_grey() -> None:
    app = Bare()
    async with app.run_test() as pilot:
        field = app.query_one(Field).input
        for choice, shown in (("mono", "(123 456)"), ("dark", "123 456"), ("16", "(123 456)")):
            app.theme = name_of(choice)
            await pilot.pause()
            assert field.placeholder == shown
        field.placeholder = "XXXX"
        assert field.placeholder == "(XXXX)"


async def test_a_button_that_cannot_be_pressed_has_no_brackets() -> None:
    app = Bare()
    async with app.run_test() as pilot:
        button = app.query_one(PushButton)
        assert str(button.render()) == "[ Send ]"
        button.disabled = True
        await pilot.pause()
        assert str(button.render()) == "  Send  "


async def test_a_scrollbar_is_of_blanks() -> None:
    use_whole_cells()
    app = Bare()
    async with app.run_test(size=(20, 5)) as pilot:
        app.query_one(VerticalScroll).styles.height = 3
        app.query_one("#lines", Static).update("\n".join("abcdefghijk"))
        await pilot.pause()
        bar = app.query_one(VerticalScroll).vertical_scrollbar
        strips = [bar.render_line(y) for y in range(3)]
        assert {strip.text.strip() for strip in strips} == {""}
        assert len({str(segment.style) for strip in strips for segment in strip}) > 1
