"""Hostile text: refused at the API, and where it is stored already no byte of it acts on a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest

from tests.cli.shell import Shell
from tests.sites import PASSWORD, new_site
from tests.terminal.pty_terminal import Terminal
from tests.warm import VESTIBULE
from vestibule import text
from vestibule.config import folders
from vestibule.models import ClientFields, ClientNew, Kind
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site
from vestibule.remote.errors import ApiProblem

COLUMNS, ROWS = 150, 45

#: What must not get through to a terminal; "PWN" or the like marks it as ours.
ESCAPES = {
    "title": "a\x1b]0;PWNED\x07b",
    "title_st": "a\x1b]2;PWNED\x1b\\b",
    "clipboard": "a\x1b]52;c;UFdORUQ=\x07b",
    "clear": "a\x1b[2Jb",
    "colour": "a\x1b[38;5;123mb",
    "device": "a\x1bP+qPWNED\x1b\\b",
    "link": "a\x1b]8;;http://PWNED\x1b\\b",
    "c1_csi": "a\x9b31;45mb",
    "c1_osc": "a\x9d0;PWNED\x9cb",
    "nul": "a\x00b",
    "bell": "a\x07b",
    "backspace": "a\x08\x7fb",
    "lines": "a\r\n\x0b\x0c\u2028\u2029\x85b",
    "bidi": "a\u202egnp.exe\u2066b\u200f\u061c",
    "zero_width": "a\u200b\u200d\ufeff\u2060b",
    "tags": "a\U000e0041\U000e007fb",
    "private": "a\ue000\U0010ffffb",
}
MARKUP = {
    "closing": "[/x]",
    "action": "[@click=app.quit]QUITME[/]",
    "style": "[bold]",
    "hyperlink": "[link=http://evil]x[/link]",
    "lone": "[",
    "escaped": "\\[",
    "template": "$name ${name} %(name)s %s {0}",
    "cjk": "漢字カナ한국어",
    "long": "W" * 64,
}
FLOODS = {"marks": "Z" + "\u0301" * 60, "family": "👨\u200d👩\u200d👧\u200d👦", "huge": "H" * 10_000_000}


def joined(*keys: str) -> str:
    return "".join(ESCAPES[key] for key in keys)


#: As names in the database: fewer rows, so that every dialog can be opened for every one of them.
CORPUS = {
    "osc": joined("title", "title_st", "clipboard", "link"),
    "csi": joined("clear", "colour", "device"),
    "c1": joined("c1_csi", "c1_osc", "nul", "bell", "backspace"),
    "hidden": joined("lines", "bidi", "zero_width", "tags", "private"),
    "style": "[bold][link=http://evil]x[/link]",
    **{key: MARKUP[key] for key in ("closing", "action", "lone", "escaped", "template", "cjk", "long")},
    **FLOODS,
    "huge": "H" * 1_000_000,
}

HIDDEN = "\u2028\u2029\u202e\u2066\u200f\u061c\u200b\u200d\ufeff\u2060\U000e0041\ue000\U0010ffff"

#: Bytes that only the corpus holds. Textual itself sends ESC, and no title.
FORBIDDEN = re.compile(
    b"|".join(
        [
            rb"\x1b\][0-9]*;[^\x07\x1b]*PWNED",  # title, hyperlink
            rb"\x1b\]52",
            rb"\x1b\[2J",
            rb"\x1b\[38;5;123m",
            rb"\x1bP",
            rb"\xc2[\x80-\x9f]",  # C1 as UTF-8
            rb"[\x00\x07\x08\x0b\x0c\x7f]",
            *(re.escape(character.encode()) for character in HIDDEN),
            rb"H{5000}",
        ]
    )
)
POINTER = re.compile(rb"\x1b\]22;[a-z]*\x07")
"""Textual's own: the shape of the mouse pointer."""
CODE = re.compile(r" ● [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4} ")
TITLE = re.compile(rb"\x1b\][012];")


def assert_clean(written: bytes, *, screens: bool = True) -> None:
    """Nothing of the corpus was written to the terminal."""
    written = POINTER.sub(b"", written)
    found = FORBIDDEN.search(written)
    assert found is None, written[max(0, found.start() - 60) : found.end() + 20]
    assert TITLE.search(written) is None
    # Too many marks on one letter are no sequence: in JSON they stand for themselves.
    assert b"\xcc\x81" * 3 not in written or not screens
    assert b"\x1b" not in written or screens


# ------------------------------------------------------------------------------------------ the API


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A site of its own."""
    made: dict[str, str] = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TZ": "Europe/Zurich",
        "VESTIBULE_HOME": str(tmp_path_factory.mktemp("desk") / "site"),
        "VESTIBULE_PUBLIC_URL": "https://lindenhof.example:7550",
    }
    new_site(Path(made["VESTIBULE_HOME"]))
    return made


def ask(environ: dict[str, str], question: Callable[[Api], object]) -> None:
    async def run() -> None:
        async with open_site(folders(environ), environ["VESTIBULE_PUBLIC_URL"], as_console=True) as api:
            answer = question(api)
            assert asyncio.iscoroutine(answer)
            await answer

    asyncio.run(run())


def test_the_api_refuses_what_cannot_be_seen(environ: dict[str, str]) -> None:
    async def try_all(api: Api) -> None:
        before = (await api.clients()).total
        kept = await api.add_client(ClientNew(name="Anna"))
        for key, value in (ESCAPES | {name: FLOODS[name] for name in ("marks", "family")}).items():
            expected = text.objection(value)
            assert expected in ("text_hidden_characters", "text_too_many_marks"), key
            for field in ("name", "profile", "note"):
                body = {field: value}
                new, changed = msgspec.convert(body, ClientNew), msgspec.convert(body, ClientFields)
                for request in (api.add_client(new), api.edit_client(kept.id, changed)):
                    with pytest.raises(ApiProblem) as refused:
                        await request
                    problem = refused.value.problem
                    assert (problem.code, problem.field, problem.status) == (expected, field, 422), key
            with pytest.raises(ApiProblem, match="username_invalid"):
                await api.add_client(ClientNew(username=value))
        await api.remove_client(kept.id)
        assert (await api.clients()).total == before

    ask(environ, try_all)


def test_the_api_takes_what_is_only_unusual(environ: dict[str, str]) -> None:
    async def try_all(api: Api) -> None:
        for key, value in MARKUP.items():
            assert text.objection(value) is None, key
            added = await api.add_client(ClientNew(name=value, profile=value, note=value))
            assert (added.name, added.profile, added.note) == (value, value, value)
            assert (await api.clients(filter_text=value, limit=500)).total >= 1, key
            await api.remove_client(added.id)

    ask(environ, try_all)


def test_ten_megabytes_are_refused_and_not_kept(environ: dict[str, str]) -> None:
    async def try_it(api: Api) -> None:
        with pytest.raises(ApiProblem) as refused:
            await api.add_client(ClientNew(name="H" * 65))
        assert refused.value.problem.code == "text_too_long"
        request = ClientNew(name=FLOODS["huge"])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(5):
            with pytest.raises(ApiProblem) as refused:
                await api.add_client(request)
            assert refused.value.problem.code == "body_too_large"
        # In process the request itself is here too: twice, as text and as JSON.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB

    ask(environ, try_it)


# ------------------------------------------------------------------------------------------ the terminal


@pytest.fixture(scope="module")
def hostile(environ: dict[str, str]) -> dict[str, str]:
    """The site with one client for each text of the corpus, written past the API."""

    async def add(api: Api) -> None:
        for number, _key in enumerate(CORPUS):
            minutes = 120 if number % 3 == 1 else 0
            await api.add_client(ClientNew(name=f"client {number}", kind=Kind.EXTERNAL, code_minutes=minutes))

    ask(environ, add)
    with closing(sqlite3.connect(folders(environ).database)) as database, database:
        for number, value in enumerate(CORPUS.values()):
            short = value[:500]
            search = short + ("" if len(value) > 500 else "\ncorpus")
            database.execute(
                "UPDATE client SET name = ?, name_key = ?, search = ?, profile = ?, note = ?, username = ?,"
                " username_key = ?, phone = ? WHERE name = ?",
                (
                    value,
                    f"n{number:02}",
                    search,
                    short,
                    value,
                    short,
                    f"u{number}",
                    short,
                    f"client {number}",
                ),
            )
        # Whoever is edited keeps the place in the order by name, and is found by the same words.
        database.execute(
            "CREATE TRIGGER same_place AFTER UPDATE OF name_key ON client WHEN OLD.name_key LIKE 'n__' BEGIN"
            " UPDATE client SET name_key = OLD.name_key, search = OLD.search WHERE id = NEW.id; END"
        )
        everything = "".join({**ESCAPES, **MARKUP}.values())
        settings = json.dumps({"system_name": everything, "location": everything}, ensure_ascii=False)
        database.execute("UPDATE project_version SET settings = ?, note = ?", (settings, everything))
        database.execute("UPDATE client SET name = ? WHERE service", (everything,))
        detail = json.dumps({"name": everything}, ensure_ascii=False)
        database.execute(
            "UPDATE audit SET actor = ?, source = ?, detail = ?", (everything, everything, detail)
        )
    return environ


@pytest.fixture(scope="module")
def desk(hostile: dict[str, str]) -> Iterator[Terminal]:
    with Terminal(VESTIBULE, env=hostile, columns=COLUMNS, rows=ROWS, warm=True) as terminal:
        terminal.wait_for("Username")
        terminal.wait_for("<001B>]0;PWNED")  # the site's name in the border
        terminal.type("service\n")
        label = terminal.find("Password  ")
        assert label is not None
        terminal.wait_for(lambda now: now.screen.cursor.y == label.row)
        terminal.type(f"{PASSWORD}\n")
        terminal.wait_for(re.compile(r"Clients \d\d"))
        yield terminal
        assert terminal.exit_status is None, terminal.screenshot()
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert_clean(terminal.raw)
        assert terminal.rejected == []


def test_list_and_detail_in_every_order(desk: Terminal) -> None:
    for _order in range(3):
        for _client in range(len(CORPUS)):
            desk.press("down")
        desk.wait_quiet(0.2)
        assert_clean(desk.raw)
        desk.press("home", "o")
        desk.wait_quiet(0.1)
    assert desk.exit_status is None


def test_filters(desk: Terminal) -> None:
    for needle in ("[/x]", "[@click", "$name", "漢字", "["):
        desk.press("/")
        desk.type(f"{needle}\n")
        desk.wait_for(re.compile(r"Clients \d+ by"))
        desk.wait_quiet(0.15)
        desk.press("escape")
    desk.wait_for("Clients 16")
    assert_clean(desk.raw)


def test_everything_that_can_be_done_to_each(desk: Terminal) -> None:
    """The dialogs that name them, and the sentences after disabling and enabling."""
    by_name(desk)
    leaked = []
    for key in CORPUS:
        start = desk.mark()
        desk.press("e")
        desk.wait_for("ctrl+s/F2 save")
        desk.press("end", "left", "tab", "tab", "home")
        desk.wait_quiet(0.05)
        desk.press("escape")
        desk.wait_gone("ctrl+s/F2 save")
        desk.press("delete")
        desk.wait_for("Remove this client?")
        desk.press("n")
        desk.wait_gone("Remove this client?")
        desk.press("d")
        desk.wait_for("d enable  ")
        desk.wait_for("HHH" if key == "huge" else re.compile(r"disabled\s+and\s+signed\s+out"))
        desk.press("d")
        desk.wait_for("HHH" if key == "huge" else re.compile(r"may\s+come\s+in\s+again"))
        desk.wait_for("d disable  ")
        assert desk.exit_status is None, key
        desk.press("down")
        if FORBIDDEN.search(POINTER.sub(b"", desk.raw_since(start))):
            leaked.append(key)
    assert leaked == []


def by_name(desk: Terminal) -> None:
    """The order in which the corpus stands, from its top; the service account's name begins with a."""
    for _order in range(3):
        if "by name" in desk.text:
            break
        desk.press("o")
        desk.wait_quiet(0.15)
    desk.wait_quiet(0.3)
    for _try in range(4):  # an answer that comes late puts the cursor back to the top
        desk.press("home", "down")
        with suppress(AssertionError):
            desk.wait_for(lambda now: now.line(3).startswith(">"), timeout=2)
            desk.wait_quiet(0.15)
            if desk.line(3).startswith(">"):
                return
    raise AssertionError(desk.screenshot())


def test_code_only_keys_and_palette(desk: Terminal) -> None:
    start = desk.mark()
    by_name(desk)
    first = next(row for row in range(4, ROWS) if CODE.match(desk.line(row)))
    desk.press(*["down"] * (first - 3))
    desk.wait_for(lambda now: now.line(first).startswith(">"))
    desk.wait_for("v QR")
    for key, words in (("?", "Sign out"), ("ctrl+p", "Find an action"), ("v", "Esc back")):
        desk.press(key)
        desk.wait_for(words)
        desk.wait_quiet(0.1)
        desk.press("escape")
        desk.wait_quiet(0.1)
    assert_clean(desk.raw_since(start))


def test_the_record_and_all_of_one_row(desk: Terminal) -> None:
    start = desk.mark()
    desk.press("5")
    desk.wait_for(re.compile(r"Activity \d+"))
    desk.press("down", "enter")
    desk.wait_for("y copy head")
    desk.press("pagedown")
    desk.wait_quiet(0.1)
    desk.press("escape")
    desk.wait_gone("y copy head")
    desk.press("1")
    desk.wait_for(re.compile(r"Clients \d+ by"))
    assert_clean(desk.raw_since(start))


def test_a_click_on_markup_does_nothing(desk: Terminal) -> None:
    by_name(desk)
    clicked = 0
    for row in range(ROWS):
        for found in re.finditer("QUITME", desk.line(row)):
            desk.click(found.start(), row)
            clicked += 1
            desk.wait_quiet(0.1)
    desk.press(*["down"] * list(CORPUS).index("action"))
    desk.wait_quiet(0.2)
    for row in range(ROWS):
        for found in re.finditer("QUITME", desk.line(row)):
            desk.click(found.start(), row)
            clicked += 1
            desk.wait_quiet(0.1)
    assert clicked >= 2
    desk.press("e")
    desk.wait_for("ctrl+s/F2 save")
    desk.click_text("QUITME")
    desk.wait_quiet(0.1)
    desk.press("escape")
    desk.wait_gone("ctrl+s/F2 save")
    assert desk.exit_status is None


LISTS = (
    "clients list",
    "clients list --json --filter corpus",
    "audit list",
    "audit list --json",
    "audit verify",
)


def test_the_command_line(hostile: dict[str, str]) -> None:
    shell = Shell(Path(hostile["VESTIBULE_HOME"]))
    for arguments in LISTS:
        done = shell.run(*arguments.split())
        assert done.stdout
        assert_clean(f"{done.stdout}{done.stderr}".encode(), screens=False)


def test_the_command_line_on_a_terminal(hostile: dict[str, str]) -> None:
    command = [*VESTIBULE, "clients", "list"]
    with Terminal(command, env=hostile, columns=COLUMNS, rows=ROWS, warm=True) as terminal:
        terminal.wait_exit()
        assert terminal.raw.count(b"\n") > len(CORPUS)
        assert_clean(terminal.raw, screens=False)


def test_commands_on_each_hostile_client(hostile: dict[str, str]) -> None:
    with closing(sqlite3.connect(folders(hostile).database)) as database:
        found = database.execute(
            "SELECT id FROM client WHERE name_key LIKE 'n__' AND length(name) < 5000"
        ).fetchall()
    assert len(found) == len(CORPUS) - 1  # the huge one's JSON is as long as it is
    shell = Shell(Path(hostile["VESTIBULE_HOME"]))
    for (id,) in found:
        for command in ("clients show", "clients show --json", "clients disable", "code issue --json"):
            done = shell.run(*command.split(), id)
            assert done.returncode == 0, done.stderr
            assert_clean(f"{done.stdout}{done.stderr}".encode(), screens=False)


def test_home_of_a_hostile_client(hostile: dict[str, str]) -> None:
    codes: list[str] = []

    async def add(api: Api) -> None:
        added = await api.add_client(ClientNew(name="Guest"))
        assert added.code is not None
        codes.append(added.code.code)

    ask(hostile, add)
    everything = "".join({**ESCAPES, **MARKUP}.values())
    with Terminal(VESTIBULE, env=hostile, columns=COLUMNS, rows=ROWS, warm=True) as terminal:
        terminal.wait_for("ctrl+t")
        terminal.press("ctrl+t")
        terminal.wait_for("One-time code")
        terminal.type(codes[0])
        terminal.press("tab")
        terminal.wait_quiet(0.1)
        terminal.type("Guest\n")
        terminal.wait_for("Your access")
        with closing(sqlite3.connect(folders(hostile).database)) as database, database:
            database.execute(
                "UPDATE client SET profile = ?, name = ? WHERE name = 'Guest'", (everything,) * 2
            )
            database.execute("UPDATE device SET name = ?", (everything,))
        ask(hostile, lambda api: api.add_client(ClientNew(name="news for everybody")))
        terminal.wait_quiet(0.6)
        terminal.press("?")
        terminal.wait_for("Keys")
        terminal.press("escape")
        terminal.wait_quiet(0.1)
        for row in range(ROWS):
            for found in re.finditer("QUITME", terminal.line(row)):
                terminal.click(found.start(), row)
        terminal.wait_quiet(0.2)
        assert terminal.exit_status is None, terminal.screenshot()
        assert_clean(terminal.raw)


def test_the_folders_hold_what_was_written(hostile: dict[str, str]) -> None:
    """The tests above prove nothing if the database was cleaned on the way."""
    with closing(sqlite3.connect(Path(hostile["VESTIBULE_HOME"]) / "state" / "site.db")) as database:
        names = {name for (name,) in database.execute("SELECT name FROM client")}
    assert set(CORPUS.values()) <= names
