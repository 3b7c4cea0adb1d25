"""Base of the dialogs: cheap focus changes, and a way out that never closes the wrong screen."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from vestibule.i18n import marked

R = TypeVar("R")


class Dialog(ModalScreen[R]):
    """A screen over another one, answered with :meth:`leave`."""

    # Textual's own repaints the whole screen whenever the focus moves (facts/terminal.md §3.2).
    focused: Reactive[Widget | None] = Reactive(None, compute=False, repaint=False)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "help", marked("Help"))]
    _answer: tuple[R] | None = None
    _is_gone = False

    def action_help(self) -> None:
        """What has the focus, and which keys are in force."""
        from vestibule.screens.help import help_on

        self.app.push_screen(help_on(self))

    def leave(self, answer: R) -> None:
        """Close with ``answer``, once; if something lies on top, as soon as that is gone.

        ``dismiss`` alone closes whatever is on top, which may be the command palette by now.
        """
        if self._answer is None:
            self._answer = (answer,)
            self._close_if_on_top()

    @property
    def left(self) -> bool:
        """Whether it has been answered."""
        return self._answer is not None

    def on_screen_resume(self) -> None:
        """What lay on top is gone."""
        self._close_if_on_top()

    def _close_if_on_top(self) -> None:
        if self._answer is not None and self.is_active and not self._is_gone:
            self._is_gone = True
            self.dismiss(self._answer[0])
