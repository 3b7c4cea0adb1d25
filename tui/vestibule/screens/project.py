"""The project of one's profile, for those who have no Home and from everywhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vestibule.i18n import _, marked
from vestibule.render.client_details import lines
from vestibule.render.project_words import details, keys
from vestibule.render.sentences import of_code
from vestibule.screens.project_acts import ProjectActs
from vestibule.screens.trying import Trying
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine

_AROUND = 4
"""Cells of a dialog's border and padding."""


class ProjectShown(Trying[None], ProjectActs):
    """Which one there is and whether it is here, live; with what may be done."""

    CSS_PATH = "project.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", marked("Back"))]

    def compose(self) -> ComposeResult:
        """The lines, sentences, buttons, keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Project of your profile")
            yield Static("", id="project", markup=False)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Get it"), id="get")
                yield PushButton(_("Stop"), id="stop")
                yield PushButton(_("Save a copy"), id="save")
                yield PushButton(_("Close"), id="close")
        yield KeyLine()

    def _may(self, id: str) -> bool:
        return self.check_action(f"{id}_project", ()) is not False

    def on_mount(self) -> None:
        """Show how it stands."""
        self.project_changed()

    def on_resize(self) -> None:
        """Long lines break elsewhere."""
        self.project_changed()

    def project_changed(self) -> None:
        """Lines, buttons and keys."""
        view, width = self.project, self.query_one(".dialog").size.width or self.size.width - _AROUND
        said = details(view, datetime.now(UTC), self.site_zone) or [("", of_code("cloud_off"))]
        self.query_one("#project", Static).update(lines(said, width))
        for button in self.query(PushButton):
            button.display = self._may(button.id or "")
        if self.focused is None or not self.focused.display:
            self.set_focus(next(button for button in self.query(PushButton) if button.display))
        self.refresh_bindings()
        self.query_one(KeyLine).say([*keys(view), ("Esc", _("back")), ("F1", _("help"))])

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Do what it says."""
        act = {"get": self.action_get_project, "stop": self.action_stop_project}
        act |= {"save": self.action_save_project, "close": self.action_close}
        act[event.button.id or "close"]()

    def action_close(self) -> None:
        """Back."""
        self.leave(None)
