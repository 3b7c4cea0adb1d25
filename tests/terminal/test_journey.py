"""The front door on real processes: a site, a code, the name it becomes, and refusals with their reason."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.sites import PASSWORD, SITE
from tests.terminal.desk import ADMIN, Desk, fill, has_focus, retype
from tests.terminal.pty_terminal import Terminal

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
SECOND = 1.0
"""How long a change may take from one screen to another."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.set_up()
    desk.serve()
    yield desk
    desk.kill_server()


@pytest.fixture(autouse=True)
def _nobody_waits(request: pytest.FixtureRequest) -> None:
    if "desk" in request.fixturenames:
        request.getfixturevalue("desk").forgive()


def chosen(label: str) -> re.Pattern[str]:
    """The row of the list under the cursor."""
    return re.compile(rf"^>. {re.escape(label)}", re.MULTILINE)


def add_by_keys(admin: Terminal, name: str) -> str:
    """Add a client as the admin does; the code that stands as its label."""
    admin.press("a")
    admin.wait_for("Add a client")
    admin.wait_for(has_focus("Name"))
    admin.type(name)
    admin.press("f2")
    admin.wait_for("Added.")
    admin.wait_for(re.compile(rf"^>● {CODE.pattern} +\d+:\d\d:\d\d", re.MULTILINE))
    found = CODE.search(admin.text)
    assert found is not None
    return found[0]


def look_for(admin: Terminal, name: str) -> None:
    """Filter the list down to one client, and stand on it."""
    admin.press("/")
    admin.type(name)
    admin.wait_for("Clients 1 by")
    admin.press("enter")


def sign_in(guest: Terminal, code: str, name: str) -> None:
    """Spend a code."""
    fill(guest, ("One-time code", code), ("Your name", name))
    guest.press("enter")
    guest.wait_for("Your access")


def typed(terminal: Terminal, label: str) -> str:
    """What stands in the field with this label."""
    found = re.search(rf"{label} +\[ (.*?) *\]", terminal.text)
    assert found is not None, terminal.screenshot()
    return found[1]


# ------------------------------------------------------------------ first run


def test_first_run_sets_the_site_up_and_a_second_time_harms_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with desk.terminal(ADMIN, columns=80, rows=24) as terminal:
        fill(terminal, ("Site name", SITE), ("Service password", "short"), ("The same again", "other"))
        terminal.press("enter")
        terminal.wait_for(re.compile(r"again +\[ •{5} +\].*\n.*! The two passwords differ\."))
        terminal.wait_quiet(0.1)
        retype(terminal, "short")
        terminal.press("enter")
        terminal.wait_for(re.compile(r"Service password +\[ •{5} +\].*\n.*! Use at least 15 characters"))
        terminal.wait_for(has_focus("Service password"))
        assert typed(terminal, "Site name") == SITE
        terminal.wait_quiet(0.1)
        retype(terminal, PASSWORD)
        terminal.press("tab")
        terminal.wait_for(has_focus("The same again"))
        retype(terminal, PASSWORD)
        terminal.press("enter")
        terminal.wait_for(re.compile(r"Clients 1 by state"))
        terminal.wait_for(f"{SITE}  1 Clients")
        terminal.wait_for(chosen("Service"))
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert PASSWORD.encode() not in terminal.raw
    state = tmp_path / ADMIN / "state"
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    again = desk.run("setup", "--site-name", "Another", "--service-password-file", str(desk.password_file))
    assert again.returncode == 5
    assert "already" in again.stderr
    assert [client["name"] for client in desk.json("clients", "list")["clients"]] == ["Service"]
    assert desk.json("audit", "verify")["ok"]
    with desk.admin() as admin:
        admin.wait_for(SITE)


def test_keys_that_arrive_together_act_in_their_order(tmp_path: Path) -> None:
    """A slow line brings many keys at once: a typo corrected, then Enter, then a password."""
    with Desk(tmp_path).terminal(ADMIN) as terminal:
        terminal.wait_for(has_focus("Site name"))
        terminal.send("Hauz\x7fs\rhunter2-hunter2\r")
        terminal.wait_quiet(0.3)
        assert typed(terminal, "Site name") == "Haus"
    assert b"hunter2" not in terminal.raw


# ------------------------------------------------------------------ the whole story


def test_a_code_becomes_a_name_while_the_admin_looks_on(desk: Desk) -> None:
    with desk.admin() as admin, desk.guest("anna") as guest:
        code = add_by_keys(admin, "Room 12")
        admin.wait_for("Room 12")
        plain = code.lower().replace("-", "")
        wrong = plain[:-1] + ("0" if plain[-1] != "0" else "1")
        fill(guest, ("One-time code", wrong), ("Your name", "Anna Rossi"))
        guest.press("enter")
        guest.wait_for(re.compile(r"One-time code +\[ .*\n.*! There is no such code\."))
        assert typed(guest, "One-time code") == wrong
        assert typed(guest, "Your name") == "Anna Rossi"
        assert guest.text.count("!") == 1

        guest.wait_for(has_focus("One-time code"))
        guest.wait_quiet(0.1)
        retype(guest, plain)
        guest.wait_gone("!")
        guest.press("enter")
        guest.wait_for("Your access")
        home = time.monotonic()
        admin.wait_for(re.compile(r"^>✓ Anna Rossi ", re.MULTILINE))
        assert time.monotonic() - home <= SECOND
        admin.wait_gone(code)
        guest.wait_for(re.compile(r"Name +Anna Rossi"))
        assert re.search(r"Access +no end", guest.text)
        assert "You may open" in guest.text

        with desk.guest("somebody") as other:
            fill(other, ("One-time code", code), ("Your name", "Eve"))
            other.press("enter")
            other.wait_for("! This code was used already")
            assert typed(other, "Your name") == "Eve"

        device_is_remembered(desk, guest)
        with desk.terminal("anna", "--site", desk.address) as again:
            again.wait_for("Your access")
            assert "Anna Rossi" in again.text
            admin.press("d")
            disabled = time.monotonic()
            again.wait_for("Username")
            assert time.monotonic() - disabled <= 2 * SECOND
            again.wait_for("! This access is switched off. Ask the admin.")
            assert "Anna Rossi" not in again.text
            admin.wait_for("Anna Rossi is disabled and signed out everywhere.")
            admin.wait_for(re.compile("✗ Anna Rossi +disabled"))
        with desk.terminal("anna", "--site", desk.address) as refused:
            refused.wait_for("! This access is switched off. Ask the admin.")
    assert desk.json("audit", "verify")["ok"]


def device_is_remembered(desk: Desk, guest: Terminal) -> None:
    guest.press("ctrl+q")
    assert guest.wait_exit() == 0
    sites = desk.root / "anna" / "state" / "sites.json"
    assert stat.S_IMODE(sites.stat().st_mode) == 0o600
    found = re.search(rb"vd_[\w-]{20,}", sites.read_bytes())
    assert found is not None
    files = [path for path in desk.root.rglob("*") if path.is_file()]
    assert [path for path in files if found[0] in path.read_bytes()] == [sites]
    assert found[0] not in guest.raw


def test_the_toggle_keeps_what_was_typed_by_key_and_by_mouse(desk: Desk) -> None:
    with desk.terminal("toggle", "--site", desk.address, columns=80, rows=24) as terminal:
        terminal.wait_for(SITE)
        fill(terminal, ("Username", "service"), ("Password", "hunter2"))
        terminal.press("ctrl+t")
        fill(terminal, ("One-time code", "abcd"), ("Your name", ""))
        terminal.type("Anna")
        terminal.wait_for("Anna")
        terminal.click_text("OTP")
        terminal.wait_gone("One-time code")
        terminal.wait_for(re.compile(r"Username +\[ service "))
        assert re.search(r"Password +\[ •{7} ", terminal.text)
        terminal.click_text("OTP")
        terminal.wait_for("Your name")
        assert (typed(terminal, "One-time code"), typed(terminal, "Your name")) == ("abcd", "Anna")
        position = terminal.find("OTP")
        assert position is not None
        assert re.search(r"OTP\]? ?┐$", terminal.line(position.row))
    assert b"hunter2" not in terminal.raw


# ------------------------------------------------------------------ refusals


def test_every_refusal_names_its_reason(desk: Desk) -> None:
    now = datetime.now(ZoneInfo("Europe/Zurich"))
    begin, end = (f"{now + timedelta(hours=hours):%H}:00" for hours in (2, 4))
    tomorrow = (now + timedelta(days=1)).date().isoformat()
    clients: dict[str, tuple[list[str], str]] = {
        "Old": (["--valid-until", "2020-01-31"], r"! This access ended .*31.* Ask the admin\."),
        "Early": (["--valid-from", tomorrow], r"! This access begins .*\d"),
        "Night": (["--hours", f"{begin}-{end}"], rf"! This access is valid {begin}–{end} only\."),
        "Off": ([], r"! This access is switched off\. Ask the admin\."),
        "Late": ([], r"! This code expired at .*\d"),
        "Revoked": ([], r"! This code was revoked at .*\d"),
    }
    codes = {name: desk.add(name, *options) for name, (options, _reason) in clients.items()}
    desk.json("clients", "disable", "Off")
    desk.json("code", "revoke", "Revoked")
    let_the_code_expire(desk, "Late")
    with desk.guest("refused") as guest:
        guest.wait_for(has_focus("One-time code"))
        guest.press("tab")
        guest.wait_for(has_focus("Your name"))
        guest.type("Eve")
        guest.press("shift+tab")
        for name, (_options, reason) in clients.items():
            code = codes[name]
            desk.forgive()
            guest.wait_for(has_focus("One-time code"))
            guest.wait_quiet(0.1)
            retype(guest, code)
            guest.wait_for(code)
            guest.wait_gone("!")
            guest.press("enter")
            guest.wait_for(says(reason))
            assert typed(guest, "Your name") == "Eve"


def says(sentence: str) -> Callable[[Terminal], bool]:
    """True once a sentence stands in the dialog, on however many lines."""

    def met(terminal: Terminal) -> bool:
        return re.search(sentence, " ".join(terminal.text.replace("│", " ").split())) is not None

    return met


# ------------------------------------------------------------------ the line


def test_a_lost_connection_is_told_and_comes_back_by_itself(desk: Desk) -> None:
    code = desk.add("Room 14", "--profile", "Lift")
    with desk.guest("ben") as guest:
        sign_in(guest, code, "Ben")
        desk.kill_server()
        try:
            guest.wait_for(re.compile(r"! no connection since \d\d:\d\d, trying again"))
            assert re.search("You may open +Lift", guest.text)
        finally:
            desk.serve()
        guest.wait_gone("! no connection")
        desk.json("clients", "edit", "Ben", "--profile", "Sauna")
        guest.wait_for(re.compile("You may open +Sauna"))


# ------------------------------------------------------------------ what the admin does to the list


def test_filter_sort_revoke_renew_and_remove(desk: Desk) -> None:
    first = desk.add("Zora")
    with desk.admin() as admin:
        admin.press("o")
        admin.wait_for("by name")
        admin.press("o")
        admin.wait_for("by expiry")
        admin.press("o")
        admin.wait_for("by state")
        look_for(admin, "Zora")
        admin.wait_for(chosen(first))
        admin.press("x")
        admin.wait_for("Revoke this code?")
        admin.press("tab", "enter")
        admin.wait_for("The code is revoked.")
        admin.wait_for(re.compile("^>● Zora +no code", re.MULTILINE))
        admin.press("n")
        admin.wait_for("A new code,")
        admin.wait_for(re.compile(rf"^>● {CODE.pattern} ", re.MULTILINE))
        second = CODE.search(admin.text)
        assert second is not None
        assert second[0] != first

        let_the_code_expire(desk, "Zora")
        desk.json("clients", "edit", "Service", "--note", "late")  # what changes elsewhere is looked at
        admin.wait_for(re.compile(rf"^>○ {second[0][:4]}-… +code expired", re.MULTILINE), timeout=5)
        admin.press("n")
        admin.wait_for(re.compile(rf"^>● (?!{second[0]}){CODE.pattern} +1:5", re.MULTILINE))

        admin.press("delete")
        admin.wait_for("Remove this client?")
        admin.press("enter")  # Cancel has the focus
        admin.wait_gone("Remove this client?")
        assert desk.json("clients", "list", "--filter", "Zora")["clients"]
        admin.press("delete")
        admin.wait_for("Remove this client?")
        admin.press("tab")
        admin.wait_quiet(0.1)
        admin.press("enter")
        admin.wait_for("Zora is removed.")
        admin.wait_for("Nobody matches.")
        admin.press("escape")
        admin.wait_for(re.compile(r"Clients \d+ by state"))
        admin.wait_for(re.compile("[>✓ ]+ Service"))
    assert not desk.json("clients", "list", "--filter", "Zora")["clients"]


def let_the_code_expire(desk: Desk, name: str) -> None:
    """Write the end that only time could bring."""
    client_id = desk.json("clients", "list", "--filter", name)["clients"][0]["id"]
    with desk.database() as database:
        database.execute("UPDATE code SET expires_at = issued_at WHERE client_id = ?", (client_id,))
        database.execute("UPDATE client SET ends_at = 0, rank = 2 WHERE id = ?", (client_id,))
