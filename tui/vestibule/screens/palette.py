"""The command palette in the person's language: Textual's own words are English."""

from __future__ import annotations

from textual.command import CommandPalette, Hit, Hits
from textual.system_commands import SystemCommandsProvider

from vestibule.i18n import _


class Actions(SystemCommandsProvider):
    """The app's commands; says so itself when none of them matches."""

    async def search(self, query: str) -> Hits:
        """The commands that match."""
        found = False
        async for hit in super().search(query):
            found = True
            yield hit
        if not found:
            yield Hit(1, _("Nothing matches."), lambda: None)


def palette() -> CommandPalette:
    """The palette, to be pushed."""
    return CommandPalette(placeholder=_("Find an action"), id="--command-palette")
