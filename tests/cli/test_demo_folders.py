"""The demo's folders are private and leave nothing behind."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from vestibule.cli.demo import demo_folders
from vestibule.models import SignIn
from vestibule.remote.embedded import DEMO_PASSWORD, open_site


async def test_the_password_shown_at_the_start_signs_in() -> None:
    with demo_folders() as here:
        async with open_site(here, "https://gateway:7550") as api:
            for username in ("service", "anna.rossi"):
                await api.sign_in(SignIn(mode="password", username=username, password=DEMO_PASSWORD))
                assert (await api.clients()).total == 14


def test_the_folder_is_private_and_gone_also_after_an_exit() -> None:
    left: list[Path] = []

    def leave() -> None:
        with demo_folders() as here:
            left.append(here.state.parent)
            assert here.has_site
            assert stat.S_IMODE(left[0].stat().st_mode) == 0o700
            sys.exit(143)

    with pytest.raises(SystemExit):
        leave()
    assert not left[0].exists()
