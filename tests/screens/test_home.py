"""Home in all the states of the project, at the sizes that it must fit."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime

from textual.widgets import Static

from tests.screens.fits import misfits
from tests.screens.security_desk import Desk
from vestibule.cloud_models import PackageDocument
from vestibule.config import Folders
from vestibule.models import ClientNew, PackageInfo, SignIn
from vestibule.remote.api import Api
from vestibule.remote.cloud_answers import OldAnswerError
from vestibule.remote.errors import Unreachable
from vestibule.remote.kept_project import Kept
from vestibule.remote.project_view import ProjectView
from vestibule.screens.home import Home
from vestibule.widgets.key_line import KeyLine

SIZES = ((40, 24), (80, 24), (120, 40))
AT = datetime(2025, 11, 22, 13, 3, tzinfo=UTC)
KEPT = Kept(
    key="",
    number=11,
    profile="Guest",
    at=AT,
    package=PackageInfo(sha256="0" * 64, size=3_000_000, name="haus.zip"),
)
NEWER = PackageDocument(
    serial="TK-1",
    number=12,
    profile="Guest",
    at=AT,
    package=PackageInfo(sha256="1" * 64, size=40_000_000, name="\u202e" + "x" * 4000),
)
CUT = ProjectView(
    told=NEWER, arrived=1, wanted=True, trouble=Unreachable("the connection was cut"), again=True
)
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
STATES = (
    (ProjectView(kept=KEPT), "haus.zip, 2.9 MiB – on this machine", "s"),
    (ProjectView(told=NEWER), ", 38.1 MiB – not on this machine yet", "g"),
    (ProjectView(kept=KEPT, told=NEWER), "newer than the one here On this machine: version 11 of", "gs"),
    (ProjectView(told=NEWER, fetching=True, arrived=16_400_000), "is being fetched [#### ] 41 %", "x"),
    (CUT, "was cut). It is tried again by itself.", "gx"),
    (ProjectView(kept=KEPT, trouble=OldAnswerError()), "older than before. Nothing was taken.", "gs"),
    (ProjectView(kept=KEPT, told=NEWER, trouble=FULL), "(No space left on device).", "gs"),
)
"""What is known, what is said of it, and the keys in force."""


async def test_it_fits_whatever_the_project_does(here: Folders, console: Api) -> None:
    added = await console.add_client(ClientNew(name="Guest", profile="Room 12", valid_until="2030-01-31"))
    assert added.code is not None
    desk = Desk(here, SignIn(mode="otp", code=added.code.code, name="Anna Rossi", device="pc"))
    async with desk.running() as pilot:
        await desk.on(Home)
        home = desk.app.screen
        said = home.query_one("#what", Static)
        assert "Project" not in str(said.render())  # this site has no cloud
        for size in SIZES:
            await pilot.resize_terminal(*size)
            for view, words, keys in STATES:
                desk.connection.project.show(view)
                await pilot.pause()
                assert words in " ".join(str(said.render()).split())
                assert [why async for why in misfits(home)] == []
                shown = [key for key, _does in home.query_one(KeyLine).keys if key in ("g", "x", "s")]
                assert "".join(shown) == keys
