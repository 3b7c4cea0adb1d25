"""``vestibule devices`` and ``limits`` as a script uses them."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

from tests.cli.shell import Shell
from vestibule.config import folders
from vestibule.models import SignIn
from vestibule.remote.embedded import open_site


def come(shell: Shell, client: str, *devices: str | None) -> None:
    """As the client itself does."""

    async def work(code: str, device: str | None) -> None:
        async with open_site(folders({"VESTIBULE_HOME": str(shell.home)}), "") as api:
            await api.sign_in(SignIn(mode="otp", code=code, name="Anna", device=device))

    for device in devices:
        asyncio.run(work(shell.json("code", "issue", client)["code"], device))


def test_devices_are_listed_and_ended(shell: Shell) -> None:
    anna = shell.json("clients", "add", "Anna", "--code-minutes", "0")["id"]
    assert shell.json("devices", "list", anna) == {"devices": [], "sessions": [], "next": None}
    come(shell, anna, "pc", "tablet", "tablet", None)
    listed = shell.json("devices", "list", "Anna")
    assert [device["name"] for device in listed["devices"]] == ["tablet", "tablet", "pc"]
    assert [session["device_id"] for session in listed["sessions"]] == [None]
    header, *rows = shell.run("devices", "list", "Anna").stdout.splitlines()
    assert header.split()[:2] == ["Device", "State"]
    assert [row.split("  ")[0] for row in rows] == ["without a device", "tablet", "tablet", "pc"]
    twice = shell.run("devices", "end", "Anna", "--device", "tablet")
    assert (twice.returncode, twice.stderr) == (5, "Several devices are called so. Name one by its id.\n")
    ended = shell.json("devices", "end", "Anna", "--device", listed["devices"][0]["id"])
    assert ended == {"devices": 1, "sessions": 1}
    assert shell.run("devices", "end", "Anna", "--device", "nothing").returncode == 3
    alone = shell.run("devices", "end", "Anna", "--device", listed["sessions"][0]["id"])
    assert (alone.returncode, alone.stderr) == (0, "Ended: 0 devices, 1 session.\n")
    with patch("vestibule.cli.devices.agreed", lambda _question: False):
        assert shell.run("devices", "end", "Anna", "--all").returncode == 1
        assert shell.json("devices", "end", "Anna", "--all", "--yes") == {"devices": 2, "sessions": 2}
    assert shell.run("devices", "end", "Anna").returncode == 2
    nobody = shell.run("devices", "list")
    assert (nobody.returncode, nobody.stderr) == (2, "Name the client whose devices are meant.\n")
    assert shell.run("devices", "list", "Nobody").returncode == 3


def test_limits_are_shown_and_set(shell: Shell) -> None:
    assert shell.json("limits", "show")["admin_idle_minutes"] == 60
    said = shell.run("limits", "set", "idle_minutes", "45")
    assert (said.returncode, said.stderr) == (0, "Others unused for: 45 minutes.\n")
    assert "45 minutes" in shell.run("limits", "show").stdout
    for wrong in ("1441", "-1", "soon"):
        assert shell.run("limits", "set", "idle_minutes", "--", wrong).returncode == 2
    assert shell.json("limits", "set", "session_hours", "8")["session_hours"] == 8
