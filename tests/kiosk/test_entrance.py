"""The kiosk's entrance and what lies behind it, on the real site."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App

from tests.kiosk.kiosk import Kiosk, a_code, kiosk
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule import i18n
from vestibule.config import Folders
from vestibule.kiosk.code_entry import CodeEntry
from vestibule.kiosk.home import KioskHome
from vestibule.kiosk.keypad import Keypad
from vestibule.kiosk.languages import Languages
from vestibule.models import ClientFields, ClientNew, SystemChange
from vestibule.remote.api import Api
from vestibule.screens.enrolment import Enrolment
from vestibule.two_factor_models import PolicyChange
from vestibule.widgets.mode_toggle import ModeToggle

pytestmark = pytest.mark.anyio
SIZES = [(40, 24), (120, 40)]


# ------------------------------------------------------------------ typing


@pytest.mark.parametrize("size", SIZES)
async def test_a_code_and_a_name_by_finger_alone(here: Folders, console: Api, size: tuple[int, int]) -> None:
    code = await a_code(console)
    async with kiosk(here, size=size) as shown:
        assert shown.at == "code"
        for letter in code.replace("-", ""):
            await shown.tap(letter)
        assert shown.field("code").value == code.replace("-", "")
        assert shown.at == "code"
        await shown.pilot.click("#name Input")
        for letter in ("A", "n", "ü", "└┘", "R", "o", "x", "←"):
            await shown.tap(letter)
        assert shown.field("name").value == "Anü Ro"
        assert shown.at == "name"
        await shown.pilot.click("#sign-in")
        await until(lambda: isinstance(shown.app.screen, KioskHome))
        assert "Anü Ro" in shown.label("#what")


async def test_the_keypad_by_arrow_keys(here: Folders) -> None:
    async with kiosk(here) as shown:
        await shown.pilot.press("down")
        assert shown.app.focused is shown.one(Keypad)
        await shown.pilot.press("right", "right", "enter", "down", "space", "left", "enter")
        assert shown.field("code").value == "2DC"
        await shown.pilot.press("backspace", "x")
        assert shown.field("code").value == "2DX"
        assert shown.at == "code"  # a letter of a real keyboard goes on where one types
        await shown.pilot.press("down")
        assert shown.app.focused is shown.one(Keypad)
        await shown.pilot.press("up", "up")
        assert shown.at == "code"


async def test_a_scanner_that_types_a_link_leaves_its_code(here: Folders) -> None:
    async with kiosk(here) as shown:
        for letter in "https://haus:7550/j/7KQM4XPT9D2H":
            shown.app.post_message(events.Key("x", letter))
        shown.app.post_message(events.Key("enter", "\r"))
        await until(lambda: shown.at == "name")
        assert shown.field("code").value == "7KQM4XPT9D2H"


async def test_what_is_pasted_is_read_as_a_code(here: Folders) -> None:
    async with kiosk(here) as shown:
        shown.app.post_message(events.Paste("https://haus:7550/j/7kqm-4xpt-9d2h\n"))
        await until(lambda: shown.field("code").value == "7KQM4XPT9D2H")


async def test_erase_all(here: Folders) -> None:
    async with kiosk(here) as shown:
        await shown.pilot.press("7", "enter", "x", "enter")
        await until(lambda: bool(shown.field("code").objection))
        shown.press_button("erase")
        await until(lambda: not shown.field("code").objection)
        assert (shown.field("code").value, shown.field("name").value) == ("", "")
        assert (shown.field("code").objection, shown.at) == ("", "code")


async def test_what_is_refused_is_said_at_the_code(here: Folders) -> None:
    async with kiosk(here) as shown:
        shown.field("code").value = "0" * 12
        shown.field("name").value = "Eve"
        shown.press_button("sign-in")
        await until(lambda: "no such code" in shown.field("code").objection)
        assert (shown.field("name").value, shown.at) == ("Eve", "code")


# ------------------------------------------------------------------ which views there are


async def test_the_password_is_behind_the_toggle(here: Folders) -> None:
    async with kiosk(here) as shown:
        assert not shown.app.screen.query_one("#by-password").display
        await shown.pilot.press("f2")
        assert shown.at == "username"
        shown.field("username").value = "service"
        shown.field("password").value = PASSWORD
        await shown.pilot.press("enter")
        await until(lambda: isinstance(shown.app.screen, KioskHome))
        assert "service account" in shown.label("#what")  # an admin too sees no more than their access


async def test_codes_only(here: Folders) -> None:
    async with kiosk(here, codes_only=True) as shown:
        assert not shown.one(ModeToggle).display
        await shown.pilot.press("f2", "ctrl+t")
        assert (shown.at, shown.one(ModeToggle).otp) == ("code", True)
        assert "F2" not in shown.keys


async def test_a_site_without_codes_asks_for_the_password(here: Folders, console: Api) -> None:
    version = (await console.system()).version
    await console.change_system(SystemChange(settings={"use_otp_authentication": False}), version)
    async with kiosk(here) as shown:
        await until(lambda: not shown.one(ModeToggle).otp)
        assert not shown.one(CodeEntry).parent.display  # type: ignore[union-attr]
        assert not shown.one(ModeToggle).display
        assert shown.at == "username"


# ------------------------------------------------------------------ languages


async def test_the_language_may_be_chosen_and_what_was_typed_stays(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here) as shown:
        await shown.pilot.press("7", "k", "enter", "A")
        await shown.pilot.press("f5", "right", "right", "enter")
        await until(lambda: i18n.current() == "de" and shown.is_at_entrance)
        assert (shown.field("code").value, shown.field("name").value) == ("7K", "A")
        assert "[Deutsch]" in shown.one(Languages).words()
        await shown.sign_in(code)
        assert i18n.current() == "de"
        await shown.pilot.press("escape")
        await until(lambda: shown.is_at_entrance)
        assert i18n.current() == "en"  # of whoever comes next


async def test_somebodys_own_language_is_spoken_with_them(here: Folders, console: Api) -> None:
    code = await a_code(console, language="fr")
    async with kiosk(here) as shown:
        await shown.sign_in(code)
        assert i18n.current() == "fr"


# ------------------------------------------------------------------ visits


async def test_nothing_on_the_machine_remembers_a_guest(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here) as shown:
        await shown.sign_in(code)
        assert shown.connection.strength is not None
        await shown.pilot.press("enter")
        await until(lambda: shown.is_at_entrance)
        kept = [file.read_bytes() for file in here.state.glob("*.json")]
        assert not any(b"vd_" in content or b"Anna" in content for content in kept)
        assert not shown.connection.knows_device
        assert "F3" not in shown.keys
    guest = next(client for client in (await console.clients()).clients if client.name == "Anna Rossi")
    assert (await console.devices(guest.id)).devices == []


async def test_a_session_ends_on_the_server_too(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here) as shown:
        await shown.sign_in(code)
        token = shown.connection.api._token
        assert token is not None
        await shown.pilot.press("escape")
        await until(lambda: shown.connection.api._token is None)
        shown.connection.api.use_token(token)
        with pytest.raises(Exception, match="session_ended"):
            await shown.connection.api.me()


async def test_who_is_disabled_is_sent_back_with_the_reason(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here) as shown:
        await shown.sign_in(code)
        anna = (await console.clients()).clients
        them = next(client for client in anna if client.name == "Anna Rossi")
        await console.edit_client(them.id, ClientFields(enabled=False))
        await until(lambda: shown.is_at_entrance)
        assert shown.said == "This access is switched off. Ask the admin."
        assert "Anna" not in shown.shown


async def test_one_sees_changes_of_ones_access(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here) as shown:
        await shown.sign_in(code)
        them = next(each for each in (await console.clients()).clients if each.name == "Anna Rossi")
        await console.edit_client(them.id, ClientFields(profile="Sauna"))
        await until(lambda: "Sauna" in shown.label("#what"))


async def test_who_needs_two_factors_may_set_one_up_with_the_keypad(here: Folders, console: Api) -> None:
    await console.change_policy(PolicyChange(totp_enabled=True))
    code = await a_code(console, require_two_factors=True)
    async with kiosk(here) as shown:
        await shown.sign_in(code)
        assert isinstance(shown.app.screen, Enrolment)
        await shown.pilot.press("enter")
        await until(lambda: bool(shown.app.screen.query(Keypad)))
        await until(lambda: not shown.field("code").disabled)
        await shown.tap("7")
        assert shown.field("code").value == "7"
        assert shown.one(Keypad).kind == "digits"


# ------------------------------------------------------------------ idle


async def test_when_nobody_is_there_everything_is_cleared(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here, idle=1.5) as shown:
        await shown.sign_in(code)
        assert "Anna Rossi" in shown.shown
        await until(lambda: shown.said.startswith("Are you still there?"))
        await shown.pilot.press("tab")
        assert shown.said == ""
        await until(lambda: shown.is_at_entrance)
        assert shown.connection.client is None
        assert "Anna" not in shown.shown
        await shown.pilot.press("7", "k", "enter", "B", "o", "b")
        assert "7 │ K" in shown.shown
        await until(lambda: "7 │ K" not in shown.shown)
        assert "Bob" not in shown.shown
        await until(lambda: shown.at == "code")


async def test_a_kiosk_that_nobody_uses_stays_as_it_is(here: Folders) -> None:
    async with kiosk(here, idle=0.3) as shown:
        before = shown.app.screen
        await shown.pilot.pause(0.8)
        assert shown.app.screen is before
        assert shown.said == ""


# ------------------------------------------------------------------ locked

KEYS = (
    *("ctrl+c", "ctrl+q", "ctrl+z", "ctrl+backslash", "ctrl+p", "ctrl+s", "ctrl+d"),
    *("f1", "f3", "f4", "f9", "f12", "escape"),
)


async def test_no_key_leads_out(here: Folders, console: Api) -> None:
    code = await a_code(console)
    async with kiosk(here) as shown:
        for inside in (False, True):
            if inside:
                await shown.sign_in(code)
            before = [type(screen) for screen in shown.app.screen_stack]
            await shown.pilot.press(*(key for key in KEYS if not (inside and key == "escape")))
            assert [type(screen) for screen in shown.app.screen_stack] == before
            assert shown.app.is_running


ACTIONS = ("quit", "command_palette", "screenshot", "suspend_process", "change_theme", "choose_theme")


@pytest.mark.parametrize("action", ACTIONS)
async def test_no_action_leads_out(here: Folders, action: str) -> None:
    assert hasattr(App, f"action_{action}") or action == "choose_theme"
    async with kiosk(here) as shown:
        assert not await shown.app.run_action(f"app.{action}")
        assert shown.is_at_entrance
        assert len(shown.app.screen_stack) == 1


async def test_what_is_copied_is_not_there_for_the_next(here: Folders) -> None:
    async with kiosk(here) as shown:
        await shown.pilot.press("7", "k", "ctrl+shift+a", "ctrl+c", "end", "ctrl+v")
        assert shown.field("code").value == "7K"
        assert shown.app.clipboard == ""


async def test_a_browser_that_looks_elsewhere_takes_no_key_away(here: Folders) -> None:
    async with kiosk(here) as shown:
        shown.app.post_message(events.AppBlur())
        await shown.pilot.press("7")
        assert shown.field("code").value == "7"


async def test_what_is_typed_before_the_first_picture_is_not_lost(here: Folders) -> None:
    shown = Kiosk(here)
    for letter in "7kq":
        shown.app.post_message(events.Key(letter, letter))
    async with shown.app.run_test():
        await until(lambda: shown.field("code").value == "7KQ")
    await shown.connection.close()


async def test_an_admin_is_no_admin_here(here: Folders, console: Api) -> None:
    added = await console.add_client(ClientNew(name="Ada", admin=True))
    assert added.code is not None
    async with kiosk(here) as shown:
        await shown.sign_in(added.code.code, "Ada")
        await shown.pilot.press("2", "4", "f4", "ctrl+o")
        assert isinstance(shown.app.screen, KioskHome)
