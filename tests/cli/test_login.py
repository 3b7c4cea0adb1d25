"""Signing a machine in at a site elsewhere, staying signed in, and signing it out."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import delete, func, select, update

from tests.cli.served import Served, serving
from tests.cli.shell import Shell
from tests.sites import PASSWORD
from tests.terminal.pty_terminal import Terminal
from vestibule.models import FactorKind, SignIn
from vestibule.remote.api import Api
from vestibule.store.schema import device, session, throttle

NOWHERE = "http://127.0.0.1:1"
TOKEN = re.compile("v[ds]_[A-Za-z0-9_-]{8}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served") / "home") as site:
        yield site


@pytest.fixture
def away(served: Served, tmp_path: Path) -> Shell:
    """A machine elsewhere whose commands go to the served site."""
    shell = served.machine(tmp_path / "away")
    shell.environ["VESTIBULE_SITE"] = served.address
    return shell


def sign_in(away: Shell, *more: str) -> None:
    done = away.run("login", "--username", "service", "--password-file", str(away.password_file), *more)
    assert done.returncode == 0, done.stderr


def kept(away: Shell, address: str = "") -> dict[str, Any]:
    address = address or away.environ["VESTIBULE_SITE"]
    sites = json.loads((away.home / "state" / "sites.json").read_text())
    found: dict[str, Any] = next(site for site in sites if site["address"] == address)
    return found


def end_sessions(served: Served) -> None:
    """As time does."""
    with served.store.write() as tx:
        tx.connection.execute(delete(session))


def devices(served: Served) -> int:
    with served.store.read() as tx:
        return tx.connection.execute(select(func.count()).select_from(device)).scalar_one()


def test_what_is_kept_is_private_and_never_printed(served: Served, away: Shell) -> None:
    assert away.run("clients", "list").returncode == 4
    before = devices(served)
    login = ("login", "--username", "service", "--password-file", str(away.password_file), "--json")
    done = away.run(*login, "--device", "desk")
    assert done.returncode == 0
    assert json.loads(done.stdout)["client"]["name"] == "Service"
    assert not TOKEN.search(done.stdout + done.stderr)
    file = away.home / "state" / "sites.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(TOKEN.findall(file.read_text())) == 2
    assert away.run("clients", "list").returncode == 0
    away.run(*login)
    assert devices(served) == before + 1  # the device before was signed out


def test_whoever_is_not_known_stays_outside(served: Served, away: Shell, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("something else altogether")
    done = away.run("login", "--username", "nobody", "--password-file", str(wrong))
    assert (done.returncode, done.stdout) == (4, "")
    assert kept(away)["device_token"] is None
    code = wrong.with_name("code")
    code.write_text("0000-0000-0000\n")
    assert away.run("login", "--code-file", str(code), "--name", "X").returncode == 4
    no_terminal = away.run("login")
    assert (no_terminal.returncode, no_terminal.stdout) == (2, "")
    assert "--username" in no_terminal.stderr
    at_nobody = ("--username", "service", "--password-file", str(away.password_file))
    assert away.run("--site", NOWHERE, "login", *at_nobody).returncode == 69


def test_a_session_that_has_ended_is_followed_by_another(served: Served, away: Shell) -> None:
    sign_in(away)
    first = kept(away)["session_token"]
    assert away.run("clients", "list").returncode == 0
    assert kept(away)["session_token"] == first
    end_sessions(served)
    assert away.run("clients", "list").returncode == 0
    assert kept(away)["session_token"] != first


def test_without_automatic_authentication_the_session_is_all(served: Served, away: Shell) -> None:
    console = served.console
    console.run("system", "set", "automatic_authentication", "off")
    console.json("system", "upload")
    try:
        sign_in(away)
        assert away.run("clients", "list").returncode == 0
        end_sessions(served)
        ended = away.run("clients", "list")
        assert (ended.returncode, ended.stdout) == (4, "")
        assert ended.stderr.endswith(f"vestibule --site {served.address} login\n")
        assert away.run("logout").returncode == 0  # the device's own token is enough
    finally:
        console.run("system", "set", "automatic_authentication", "on")
        console.json("system", "upload")


def test_a_device_that_was_ended_there_is_told_so(served: Served, away: Shell) -> None:
    sign_in(away)
    with served.store.write() as tx:
        tx.connection.execute(delete(device))
    assert away.run("clients", "list").returncode == 4
    assert kept(away)["device_token"] is kept(away)["session_token"] is None


def test_logging_out_ends_the_device_there(served: Served, away: Shell, tmp_path: Path) -> None:
    before = devices(served)
    sign_in(away)
    copy = served.machine(tmp_path / "copy")  # of the tokens, as a thief has it
    (copy.home / "state").mkdir()
    for file in (away.home / "state").iterdir():
        (copy.home / "state" / file.name).write_bytes(file.read_bytes())
    assert away.json("logout") == {"address": served.address, "ended": True}
    assert devices(served) == before
    assert not TOKEN.search((away.home / "state" / "sites.json").read_text())
    assert copy.run("--site", served.address, "clients", "list").returncode == 4
    assert away.json("logout")["ended"] is None


def test_a_server_that_cannot_be_told_is_forgotten_only_when_asked(served: Served, away: Shell) -> None:
    sign_in(away)
    file = away.home / "state" / "sites.json"
    file.write_text(file.read_text().replace(served.address, NOWHERE))
    away.environ["VESTIBULE_SITE"] = NOWHERE
    assert away.run("logout").returncode == 69
    assert kept(away)["device_token"] is not None
    assert away.json("logout", "--forget")["ended"] is False
    assert kept(away)["device_token"] is None


# --- two factors ------------------------------------------------------------------------------


async def enrol(served: Served, code: str) -> tuple[str, str]:
    """An authenticator app and a phone of the code's client, as the screens set them up."""
    api = Api(None, served.address)
    await api.sign_in(SignIn(mode="otp", code=code, name="Anna", device="phone"))
    secret = (await api.begin_app()).secret
    added = await api.confirm_factor(FactorKind.APP, pyotp.TOTP(secret).at(int(time.time()) - 30))
    await api.begin_sms("CH", "079 555 44 12")
    await api.confirm_factor(FactorKind.SMS, last_code(served))
    await api.close()
    assert added.recovery_code is not None
    return secret, added.recovery_code


def last_code(served: Served) -> str:
    deadline = time.monotonic() + 20
    while not (
        found := re.findall(r"\b\d{6}\b", served.outbox.read_text() if served.outbox.exists() else "")
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return str(found[-1])


@pytest.fixture
def factors(served: Served) -> tuple[str, str, Callable[[], str]]:
    """Her app's secret, her recovery code, and new one-time codes for her."""
    console = served.console
    added = console.json("clients", "add", "Anna", "--admin")
    console.json("policy", "set", "sms_enabled", "on")
    secret, recovery = asyncio.run(enrol(served, added["code"]["code"]))
    with served.store.write() as tx:
        tx.connection.execute(delete(throttle))  # a message a minute

    def code() -> str:
        return str(console.json("code", "issue", added["id"])["code"])

    return secret, recovery, code


def test_a_second_factor_is_asked_for(
    served: Served, away: Shell, factors: tuple[str, str, Callable[[], str]], tmp_path: Path
) -> None:
    secret, recovery, code = factors
    file = tmp_path / "code"
    file.write_text(code())
    alone = away.run("login", "--code-file", str(file), "--name", "Anna")
    assert (alone.returncode, alone.stdout) == (4, "")

    app = away.run("login", "--otp", answers=[code(), "Anna", "9", "1", "000000", pyotp.TOTP(secret).now])
    assert app.returncode == 0, app.stderr
    assert "SMS to •••• 4412" in app.stderr
    assert "This code is not right" in app.stderr
    assert "by itself" not in app.stderr
    assert away.run("clients", "list").returncode == 0
    end_sessions(served)
    ended = away.run("clients", "list")
    assert ended.returncode == 4
    assert "second factor" in ended.stderr

    served.outbox.unlink()
    again = away.run("clients", "list", answers=["2", lambda: last_code(served)])
    assert again.returncode == 0, again.stderr
    assert "Sent to •••• 4412." in again.stderr
    assert away.run("clients", "list").returncode == 0
    end_sessions(served)
    shown = away.run("clients", "list", "--json", answers=["3", recovery])
    assert len(json.loads(shown.stdout)["clients"]) >= 2
    assert re.search(r"\n([0-9A-Z]{4}-){5}[0-9A-Z]{4}\n", shown.stderr)


# --- at a terminal ----------------------------------------------------------------------------


def test_passwords_are_asked_for_out_of_sight(served: Served, away: Shell) -> None:
    environ = {**away.environ, "HOME": str(away.home)}
    with Terminal(away.command("login"), env=environ, columns=80, rows=20) as terminal:
        terminal.wait_for("Username:")
        terminal.type("service\n")
        terminal.wait_for("Password:")
        terminal.type("not the password\n")
        terminal.wait_for(lambda seen: seen.text.count("Password:") == 2)
        terminal.type(f"{PASSWORD}\n")
        assert terminal.wait_exit() == 0
        terminal.wait_for("You are signed in to Haus Lindenhof as Service.")
        assert "not the password" not in terminal.text
        assert PASSWORD not in terminal.text
    with served.store.write() as tx:
        tx.connection.execute(update(session).values(fresh_until=0))
    command = away.command("clients", "add", "Deputy", "--admin")
    with Terminal(command, env=environ, columns=80, rows=20) as terminal:
        terminal.wait_for("Your password again")
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == 130
        assert terminal.termios_is_sane()


def test_what_needs_a_fresh_proof_takes_it_from_a_file(served: Served, away: Shell) -> None:
    sign_in(away)
    with served.store.write() as tx:
        tx.connection.execute(update(session).values(fresh_until=0))
    add = ("clients", "add", "Admin", "--admin", "--json")
    refused = away.run(*add)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "--password-file" in refused.stderr
    added = away.json(*add[:-1], "--password-file", str(away.password_file))
    assert added["admin"]
    assert away.run("clients", "list").returncode == 0  # under the token that the proof has brought


def test_a_password_is_changed_here_and_elsewhere(served: Served, away: Shell, tmp_path: Path) -> None:
    sign_in(away)
    new = tmp_path / "new"
    new.write_text("short\n")
    change = ("passwd", "--password-file", str(away.password_file), "--new-password-file", str(new))
    assert away.run(*change).returncode == 1
    new.write_text("a lamp under the wooden bridge\n")
    assert away.run(*change).returncode == 0
    assert away.run(*change).returncode == 4  # it is not the current one any more
    assert away.run("clients", "list").returncode == 0
    assert served.console.run("passwd", "--new-password-file", str(away.password_file)).returncode == 0
    end_sessions(served)
    sign_in(away)
