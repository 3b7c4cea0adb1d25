"""Textual's driver for browsers, but an app whose server is gone ends too."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp


class KioskWebDriver(WebDriver):
    """Textual's own reads no more at the end of its input, and goes on alone for ever."""

    def run_input_thread(self) -> None:
        """Read until there is nothing left to read."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(ExitApp())
