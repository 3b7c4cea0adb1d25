"""An app in one of our themes, which a person chooses and the machine remembers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Generic, TypeVar

from textual.app import App, SystemCommand

from vestibule.config import Folders
from vestibule.i18n import _
from vestibule.remote import preferences
from vestibule.render.sentences import unkept
from vestibule.terminal import Profile
from vestibule.themes import ALL, choice_of, name_of
from vestibule.widgets.status_line import StatusLine, Tone

R = TypeVar("R")


class Themed(App[R], Generic[R]):
    """Begins in the profile's theme; offers those that are readable on this terminal."""

    _remembers: Folders
    _offers: tuple[str, ...] = ()

    def begin_themed(self, profile: Profile, folders: Folders) -> None:
        """Put the profile's theme on; a choice is remembered in ``folders``."""
        self._offers, self._remembers = profile.themes, folders
        for theme in ALL:
            self.register_theme(theme)
        name, present = name_of(profile.theme), self.current_theme
        wanted = self.available_themes[name]
        if (wanted.dark, wanted.ansi) == (present.dark, present.ansi):
            # The app has not begun, and no style has been parsed. Telling all that the theme has changed
            # would have everything parsed once more, 15 ms before the first paint.
            self.set_reactive(App.theme, name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = name

    def action_choose_theme(self) -> None:
        """Ask which."""
        from vestibule.screens.theme_choice import ThemeChoice

        self.push_screen(ThemeChoice(self._offers, choice_of(self.theme)), self.put_on)

    def put_on(self, choice: str | None) -> None:
        """Wear a theme from now on, also next time."""
        if choice is not None and name_of(choice) != self.theme:
            self.theme = name_of(choice)
            try:
                preferences.save(self._remembers, theme=choice)
            except OSError as error:
                self.say_unkept(error.strerror or type(error).__name__)

    def say_unkept(self, why: str) -> None:
        """Say that this machine remembers nothing, if there is a reason why."""
        for line in self.screen.query(StatusLine) if why else ():
            line.say(unkept(why), Tone.PROBLEM)

    def theme_commands(self) -> Iterable[SystemCommand]:
        """One command of the palette for each theme there is to choose from."""
        from vestibule.screens.theme_choice import names

        for choice, name in names().items() if len(self._offers) > 1 else ():
            if choice in self._offers:
                title = _("Theme: %(name)s") % {"name": name}
                yield SystemCommand(title, "F9", partial(self.put_on, choice))
