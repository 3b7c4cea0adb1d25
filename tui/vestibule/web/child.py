"""The process behind one browser."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress

from textual_serve.app_service import AppService

PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONDONTWRITEBYTECODE"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "STATE_DIRECTORY", "CACHE_DIRECTORY"),
    *("VESTIBULE_HOME", "VESTIBULE_DATABASE", "VESTIBULE_LANGUAGE", "VESTIBULE_THEME"),
)
"""What of this process's surroundings the kiosk's needs; nothing else is for it."""
_PATIENCE = 5.0


def environment(own: Mapping[str, str], width: int, height: int) -> dict[str, str]:
    """All that the process is told."""
    passed_on = {name: own[name] for name in PASSED_ON if name in own}
    return passed_on | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_FPS": "60",
        "COLUMNS": str(width),
        "ROWS": str(height),
    }


def command(site: str, idle: float, codes_only: bool) -> str:
    """What to start: in the place of the shell that reads this."""
    words = [sys.executable, "-m", "vestibule.kiosk.in_browser", "--site", site, "--idle", str(idle)]
    return "exec " + shlex.join([*words, "--codes-only"] if codes_only else words)


class Child(AppService):
    """textual-serve's process, with an environment of its own, and one that surely ends."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return environment(os.environ, width, height)

    async def run(self) -> None:
        """Show it until it ends; a crash closes the line too, so that the page begins again."""
        try:
            await super().run()
        finally:
            await self.remote_close()

    async def end(self) -> None:
        """Ask it to leave, which ends the session of whoever is signed in; then make sure."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stop(), _PATIENCE)
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
