"""``vestibule policy``, ``two-factor`` and ``sms`` as a script uses them."""

from __future__ import annotations

import asyncio
import io
from unittest.mock import patch

import pyotp
import pytest

from tests.cli.shell import Shell
from vestibule.cli import asking
from vestibule.config import folders
from vestibule.models import FactorKind, SignIn
from vestibule.remote.embedded import open_site

MOBILE = "+41 79 555 44 12"


def a_gateway(shell: Shell) -> None:
    config = shell.home / "config"
    config.mkdir()
    (config / "config.toml").write_text('[sms]\nkind = "file"\npath = "outbox.jsonl"\n')


def set_up_app(shell: Shell, code: str) -> None:
    """As the client itself does."""

    async def work() -> None:
        async with open_site(folders({"VESTIBULE_HOME": str(shell.home)}), "") as api:
            await api.sign_in(SignIn(mode="otp", code=code, name="Anna", device="pc"))
            secret = (await api.begin_app()).secret
            await api.confirm_factor(FactorKind.APP, pyotp.TOTP(secret).now())

    asyncio.run(work())


def test_the_policy_is_shown_and_set(shell: Shell) -> None:
    shell.json("clients", "add", "Guest", "--external", "--code-minutes", "0")
    shown = shell.json("policy", "show")
    switches = ("totp_enabled", "internal", "external", "sms_enabled")
    assert [shown[name] for name in switches] == [False] * 4
    assert [need["name"] for need in shown["requirements"]] == [
        "server_version",
        "clock",
        "vault_key",
        "sms_gateway",
    ]
    assert shell.json("policy", "set", "external", "on")["external"]
    turned = shell.run("policy", "set", "totp_enabled", "on")
    assert (turned.returncode, turned.stdout) == (0, "")
    assert turned.stderr == "The site may ask for two factors; 1 client is asked now.\n"
    lines = shell.run("policy", "show").stdout.splitlines()
    assert lines[1].split() == ["totp_enabled", "Enable", "TOTP", "2FA", "on"]
    assert lines[-1] == "1 client is asked now"
    assert any(line.startswith("Vault key") and " yes " in line for line in lines)
    assert shell.run("policy", "set", "sms_enabled", "on").returncode == 5  # there is no gateway
    assert shell.run("policy", "set", "everything", "on").returncode == 2
    assert shell.run("policy", "set", "internal", "perhaps").returncode == 2
    assert shell.json("audit", "verify")["ok"]


def test_at_a_terminal_turning_on_is_asked_about_first(shell: Shell) -> None:
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    with patch("vestibule.cli.policy.agreed", no):
        refused = shell.run("policy", "set", "internal", "on")
        assert (refused.returncode, refused.stderr) == (1, "Nothing was changed.\n")
        assert shell.run("policy", "set", "internal", "on", "--yes").returncode == 0
        assert shell.run("policy", "set", "internal", "on").returncode == 0  # nothing changes
    assert asked == ["Nobody more is asked: Enable TOTP 2FA is off."]


@pytest.mark.parametrize(("typed", "agrees"), [("y\n", True), ("Yes\n", True), ("\n", False), ("", False)])
def test_only_yes_is_yes(typed: str, agrees: bool) -> None:
    with patch("sys.stdin", io.StringIO(typed)), patch("sys.stderr", io.StringIO()) as said:
        assert asking.agreed("Really?")  # nobody is there to be asked
    assert said.getvalue() == ""
    terminal, screen = io.StringIO(typed), io.StringIO()
    terminal.isatty = screen.isatty = lambda: True  # type: ignore[method-assign]
    with patch("sys.stdin", terminal), patch("sys.stderr", screen):
        assert asking.agreed("Really?") is agrees
        assert asking.agreed("")
    assert screen.getvalue() == "Really?\nGo on? [y/N] "


def test_factors_are_listed_and_reset(shell: Shell) -> None:
    added = shell.json("clients", "add", "Anna", "--internal")
    assert shell.json("two-factor", "status") == {"clients": [], "next": None}
    assert shell.run("two-factor", "status").stdout == ""
    assert shell.run("two-factor", "status", "Anna").stdout == "not asked for\n"
    set_up_app(shell, added["code"]["code"])
    expected = {
        "id": added["id"],
        "name": "Anna",
        "label": "Anna",
        "kind": "internal",
        "asked": True,
        "required": False,
        "factors": ["app"],
    }
    assert shell.json("two-factor", "status") == {"clients": [expected], "next": None}
    assert shell.json("two-factor", "status", "Anna") == expected
    header, row = shell.run("two-factor", "status").stdout.splitlines()
    assert header.split("  ")[0] == "Client"
    assert "authenticator app · by own choice or by the policy" in row
    assert "app" in shell.run("clients", "list").stdout
    reset = shell.run("two-factor", "reset", "Anna")
    assert (reset.returncode, reset.stdout) == (0, "")
    assert reset.stderr == "Anna has no second factor any more and is signed out.\n"
    assert shell.json("two-factor", "reset", "service", "--yes")["service"]  # on the host always
    assert shell.json("two-factor", "status") == {"clients": [], "next": None}
    assert shell.run("two-factor", "reset", "nobody").returncode == 3


def test_a_test_message_is_waited_for(shell: Shell) -> None:
    assert shell.run("sms", "test", MOBILE).returncode == 5  # no gateway
    a_gateway(shell)
    sent = shell.json("sms", "test", MOBILE)
    assert (sent["delivery"], sent["purpose"], sent["phone"]) == ("sent", "test", "•••• 4412")
    landline = shell.run("sms", "test", "+41 44 668 18 00")
    assert landline.returncode == 1
    assert "landline" in landline.stderr
    (shell.home / "config" / "outbox.jsonl").chmod(0o644)
    failed = shell.run("sms", "test", MOBILE)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Not sent to •••• 4412: the file cannot be written")
    listed = shell.json("sms", "list")
    assert [message["delivery"] for message in listed["messages"]] == ["failed", "sent"]
    assert listed["next"] is None
    lines = shell.run("sms", "list").stdout.splitlines()
    assert lines[0].split() == ["When", "State", "Number", "Purpose", "Tries", "Reason"]
    assert "failed  •••• 4412  test" in lines[1]
