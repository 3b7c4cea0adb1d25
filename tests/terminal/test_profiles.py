"""On every kind of terminal each screen can be read: glyphs, colours, contrast, and marks without colour."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.needs import needs
from tests.sites import PASSWORD, SITE, new_site
from tests.terminal.console_glyphs import GLYPHS
from tests.terminal.looks import BLOCKS, Look, dims, styles
from tests.terminal.pty_terminal import Terminal
from tests.warm import VESTIBULE
from vestibule.config import folders
from vestibule.models import ClientFields, ClientNew, SignIn
from vestibule.remote.embedded import open_site
from vestibule.remote.preferences import load

PLAIN = GLYPHS | set("\xa0\u202f")
RICH = PLAIN | set("✓○")
"""Beyond the console's: the marks of states."""
LEAST_CONTRAST = 4.5
COLOURS = re.compile(r"3[0-8].*|4[0-8].*|9[0-7]|10[0-7]")


@dataclass(frozen=True)
class Kind:
    """A terminal, what it is asked for, and what may be sent to it."""

    term: str
    environ: dict[str, str] = field(default_factory=dict)
    colours: str = ""
    """Of every parameter of a colour; empty where there must be none."""
    glyphs: frozenset[str] = frozenset(RICH)
    flags: tuple[str, ...] = ()
    no_dim: bool = False


SIXTEEN = r"3[0-79]|4[0-79]|9[0-7]|10[0-7]"
WHOLE = {
    "console": Kind("linux", colours=SIXTEEN, glyphs=frozenset(PLAIN), no_dim=True),
    "no colour": Kind("xterm-256color", {"NO_COLOR": ""}, no_dim=True),
    "any colour, light": Kind(
        "xterm-256color",
        {"COLORTERM": "truecolor"},
        colours=r"[34]8;2;\d+;\d+;\d+|[34]9",
        flags=("--theme", "light"),
    ),
}
"""Those on which all screens are looked at."""
SHORT = {
    "256 colours": Kind("xterm-256color", colours=r"[34]8;5;\d+|[34]9"),
    "16 colours": Kind("xterm", colours=SIXTEEN, no_dim=True),
    "serial line": Kind("vt220", colours=SIXTEEN, glyphs=frozenset(PLAIN), no_dim=True),
    "dumb": Kind("dumb", glyphs=frozenset(PLAIN), no_dim=True),
}
"""Those that differ from one of them by little: some screens will do."""
ASKED_FOR = {
    "high contrast": Kind("xterm-256color", {"VESTIBULE_THEME": "contrast"}, colours=r"[34]8;5;\d+|[34]9"),
    "plain by flag": Kind(
        "xterm-256color", colours=SIXTEEN, glyphs=frozenset(PLAIN), flags=("--terminal", "plain"), no_dim=True
    ),
    "mono by flag": Kind("xterm-256color", {"COLORTERM": "truecolor"}, flags=("--terminal", "mono")),
}
"""By flag or variable: the login dialog tells whether they are heard."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clients in every state, with names that every font has."""
    home = tmp_path_factory.mktemp("profiles") / "site"
    here = new_site(home)

    async def fill() -> None:
        async with open_site(here, "https://haus.example", as_console=True) as api:
            for profile in ("Room 12", "Room 14"):
                await api.add_client(ClientNew(profile=profile))
            for name in ("Anna Rossi", "Aufzüge Meier AG", "Hélène Dubois"):
                added = await api.add_client(ClientNew(name=name))
                assert added.code is not None
                async with open_site(here, "") as own:
                    await own.sign_in(SignIn(mode="otp", code=added.code.code, name=name, device="pc"))
                if name.startswith("Aufzüge"):
                    await api.edit_client(added.id, ClientFields(enabled=False))

    asyncio.run(fill())
    with closing(sqlite3.connect(here.database)) as database, database:
        database.execute("UPDATE client SET valid_until = 1 WHERE name = 'Hélène Dubois'")
    return home


class Walk:
    """Somebody goes through the screens; what they saw is kept by name."""

    def __init__(self, terminal: Terminal, kind: Kind) -> None:
        self.terminal = terminal
        self.kind = kind
        self.seen: dict[str, Look] = {}
        terminal.ESCAPE_PAUSE = 0.5  # more than the profile of a slow line waits

    def look(self, name: str, words: str | re.Pattern[str], marked: str = "") -> None:
        """Wait for ``words`` and look; what is ``marked`` must be so without colour."""
        terminal = self.terminal
        terminal.wait_for(words, timeout=20)
        if marked:
            terminal.wait_for(lambda _: bool(Look(terminal).is_marked(marked)), timeout=10)
        terminal.wait_quiet(0.1)
        self.seen[name] = Look(terminal)

    def back(self, words: str) -> None:
        """Escape, until ``words`` are gone."""
        self.terminal.press("escape")
        self.terminal.wait_gone(words)

    def login(self) -> None:
        """The login dialog, its other view and an objection."""
        self.look("login", "Username", marked="[ ")
        self.terminal.press("enter")
        self.look("objection", "! Type your username.")
        self.terminal.press("ctrl+t")
        self.look("one-time code", "One-time code", marked="[OTP]")
        self.terminal.press("ctrl+t")
        self.terminal.wait_for("Username")

    def sign_in(self) -> None:
        """Through the login dialog to the clients."""
        self.login()
        self.terminal.type("service\n")
        self.terminal.wait_quiet(0.1)
        self.terminal.type(f"{PASSWORD}\n")
        self.look("clients", re.compile(r"Clients \d+ by state"), marked=">")

    def dialogs_of_clients(self) -> None:
        """The editor, and a code alone."""
        self.terminal.press("v")
        self.look("code alone", "Esc back")
        self.back("Esc back")
        self.terminal.press("e")
        self.look("editor", "F2 save", marked="[ ")
        self.back("F2 save")

    def menus(self) -> None:
        """What lies over a section."""
        self.terminal.press("f4")
        self.look("user menu", "F4 User menu", marked="[ My security ]")
        self.back("F4 User menu")
        self.terminal.press("f9")
        self.look("themes", "F9 Theme", marked="[ * ")
        self.back("F9 Theme")
        self.terminal.press("ctrl+p")
        self.look("palette", "Find an action")
        self.terminal.type("rev")
        self.look("palette, filtered", "Revoke the code", marked="Revoke")
        self.back("Revoke the code")

    def sections(self) -> None:
        """The others, each with one dialog."""
        self.terminal.press("2")
        self.look("system", "System name", marked=">")
        self.terminal.press("enter")
        self.look("property", "Enter keep", marked="[ ")
        self.back("Enter keep")
        self.terminal.press("3")
        self.look("licences", "Admin option", marked=">")
        self.terminal.press("4")
        self.look("two-factor", "Enable TOTP", marked=">")
        self.terminal.press("6")
        self.look("my security", "Two-factor login: off")
        self.terminal.press("e")
        self.look("app set-up", "Scan the code")
        self.terminal.press("escape")


@contextmanager
def walked(site: Path, home: Path, kind: Kind) -> Iterator[Walk]:
    """A walk in a home of its own."""
    shutil.copytree(site, home)
    env = environment(home) | kind.environ
    with Terminal([*VESTIBULE, *kind.flags], env=env, term=kind.term, warm=True) as terminal:
        yield Walk(terminal, kind)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Zurich",
        "VESTIBULE_HOME": str(home),
    }


def assert_readable(walk: Walk) -> None:
    """Every cell of every screen, and everything that was sent."""
    for name, look in walk.seen.items():
        for row, column, cell in look.cells():
            where = f"{name}, row {row}, column {column}: {cell}\n{look.text}"
            if cell.char in BLOCKS and look.is_in_code(row, column):
                continue  # tests of the code itself look at it more closely
            assert cell.char in walk.kind.glyphs, where
            assert not cell.char.strip() or cell.contrast >= LEAST_CONTRAST, where
    sent = styles(walk.terminal.raw)
    colours = {code for code in sent if COLOURS.fullmatch(code)} - {"39", "49"}
    assert not walk.kind.no_dim or not dims(walk.terminal.raw)
    assert all(re.fullmatch(walk.kind.colours, code) for code in colours), sorted(colours)
    assert bool(colours) == bool(walk.kind.colours)


@pytest.mark.parametrize("kind", WHOLE.values(), ids=list(WHOLE))
def test_every_screen_can_be_read(site: Path, tmp_path: Path, kind: Kind) -> None:
    with walked(site, tmp_path / "home", kind) as walk:
        walk.sign_in()
        walk.dialogs_of_clients()
        walk.menus()
        walk.sections()
    assert_readable(walk)
    assert walk.seen["clients"].is_marked("1 Clients")
    assert walk.seen["system"].is_marked("2 System")


@pytest.mark.parametrize("kind", SHORT.values(), ids=list(SHORT))
def test_the_first_screens_can_be_read(site: Path, tmp_path: Path, kind: Kind) -> None:
    with walked(site, tmp_path / "home", kind) as walk:
        walk.sign_in()
        walk.dialogs_of_clients()
    assert_readable(walk)


@pytest.mark.parametrize("kind", ASKED_FOR.values(), ids=list(ASKED_FOR))
def test_what_is_asked_for_is_done(site: Path, tmp_path: Path, kind: Kind) -> None:
    with walked(site, tmp_path / "home", kind) as walk:
        walk.login()
    assert_readable(walk)


@needs("tmux")
def test_inside_tmux(site: Path, tmp_path: Path) -> None:
    """tmux draws it on the terminal outside; what it cannot show there, it leaves out."""
    home, socket = tmp_path / "home", str(tmp_path / "tmux")
    shutil.copytree(site, home)
    config = tmp_path / "tmux.conf"
    config.write_text("set -g status off\nset -g default-terminal tmux-256color\nset -s escape-time 10\n")
    command = ["tmux", "-u", "-S", socket, "-f", str(config), "new-session", *VESTIBULE]
    kind = Kind("xterm-256color", colours=r"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|[34][0-79]|9[0-7]|10[0-7]")
    with Terminal(command, env=environment(home), term=kind.term) as terminal:
        walk = Walk(terminal, kind)
        walk.sign_in()
        walk.dialogs_of_clients()
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert_readable(walk)
    assert SITE in walk.seen["clients"].text


def test_a_theme_is_put_on_at_once_and_next_time(site: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(site, home)
    env = environment(home)
    with Terminal(VESTIBULE, env=env, warm=True) as terminal:
        terminal.wait_for("Username")
        dark = paper(terminal)
        terminal.press("f9")
        terminal.wait_for("F9 Theme")
        terminal.press("down", "enter")
        terminal.wait_gone("F9 Theme")
        terminal.wait_for(lambda _: paper(terminal) == "ffffff")
        terminal.press("f9")
        terminal.wait_for("[ * Light ]")
        terminal.press("down", "down", "enter")
        terminal.wait_gone("F9 Theme")
        terminal.wait_for(lambda _: paper(terminal) == "000000")
        mark = terminal.mark()
        terminal.press("ctrl+l")
        terminal.wait_quiet(0.2)
        assert not [code for code in styles(terminal.raw_since(mark)) if code.startswith(("38", "48"))]
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert dark == "121212"
    assert load(folders(env)).theme == "16"
    with Terminal(VESTIBULE, env=env, warm=True) as terminal:
        terminal.wait_for("Username")
        assert paper(terminal) == "000000"


def paper(terminal: Terminal) -> str:
    """The colour behind most of what is on the screen."""
    return Counter(cell.paper for _row, _column, cell in Look(terminal).cells()).most_common(1)[0][0]
