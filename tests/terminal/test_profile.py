"""Each terminal gets what it can show."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from vestibule.cli import desk
from vestibule.config import Folders, host_table
from vestibule.remote import preferences
from vestibule.terminal import KINDS, THEMES, Profile, Wishes, from_environment, from_table, prepare, profile

RICH = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
X256 = {"TERM": "xterm-256color"}
SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


def table(*, colours: str = "many", glyphs: str = "all", **more: Any) -> Profile:
    """How the table below says it; ``colours``: any, many (256), 16 or none."""
    found = {
        "sixteen_colours": colours == "16",
        "colourless": colours == "none",
        "plain_glyphs": glyphs == "plain",
        "console": False,
        "truecolour": colours == "any",
    }
    return Profile(**(found | more))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (X256, table()),
        (RICH, table(colours="any")),
        ({"TERM": "xterm-direct"}, table()),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, table(colours="any")),
        ({"TERM": "xterm"}, table(colours="16")),
        ({"TERM": "linux"}, table(colours="16", glyphs="plain", console=True)),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, table(colours="16", glyphs="plain", console=True)),
        ({"TERM": "vt220"}, table(colours="16", glyphs="plain", slow=True)),
        ({"TERM": "vt220"} | SSH, table(colours="16", glyphs="plain", remote=True)),
        ({"TERM": "dumb"}, table(colours="none", glyphs="plain")),
        ({}, table(colours="16", glyphs="plain")),
        (X256 | {"NO_COLOR": ""}, table(colours="none")),
        (RICH | {"NO_COLOR": "1"}, table(colours="none", truecolour=True)),
        ({"TERM": "linux", "NO_COLOR": "1"}, table(colours="none", glyphs="plain", console=True,
                                                   sixteen_colours=True)),
        # tmux translates what it is given; GNU screen hands COLORTERM down and does not understand it.
        ({"TERM": "screen", "COLORTERM": "truecolor", "TMUX": "/tmp/tmux,1,0"}, table(colours="any")),
        ({"TERM": "screen", "COLORTERM": "truecolor"}, table(colours="16")),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor"}, table()),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0"}, table()),
        (RICH | SSH, table(colours="any", remote=True)),
        (RICH | {"SSH_TTY": "/dev/pts/3"}, table(colours="any", remote=True)),
        (RICH | {"VESTIBULE_SLOW": "1"}, table(colours="any", slow=True)),
        ({"TERM": "vt220", "VESTIBULE_SLOW": "0"}, table(colours="16", glyphs="plain")),
        ({"TERM": "linux", "VESTIBULE_TERMINAL": "rich"}, table(console=True)),
        (X256 | {"VESTIBULE_TERMINAL": "16"}, table(colours="16")),
        (X256 | {"VESTIBULE_TERMINAL": "plain"}, table(colours="16", glyphs="plain")),
        (X256 | {"VESTIBULE_TERMINAL": "mono"}, table(colours="none")),
        ({"TERM": "linux", "VESTIBULE_TERMINAL": "mono"},
         table(colours="none", glyphs="plain", console=True)),
        (X256 | {"NO_COLOR": "1", "VESTIBULE_TERMINAL": "16"}, table(colours="16")),
        (X256 | {"VESTIBULE_TERMINAL": "sixteen", "VESTIBULE_SLOW": "perhaps"}, table()),
        (X256 | {"VESTIBULE_THEME": "light"}, table(wanted_theme="light")),
        (X256 | {"VESTIBULE_THEME": "pink"}, table()),
    ],
)  # fmt: skip
def test_the_profile_follows_the_environment(environ: dict[str, str], expected: Profile) -> None:
    assert profile(environ) == expected


@pytest.mark.parametrize(
    ("environ", "wanted", "begins", "offers"),
    [
        (X256, "", "dark", THEMES),
        (X256, "contrast", "contrast", THEMES),
        (X256, "mono", "mono", THEMES),
        ({"TERM": "linux"}, "", "16", ("16", "mono")),
        ({"TERM": "linux"}, "dark", "16", ("16", "mono")),
        ({"TERM": "linux"}, "light", "16-light", ("16", "mono")),
        ({"TERM": "linux"}, "mono", "mono", ("16", "mono")),
        (X256 | {"NO_COLOR": "1"}, "light", "mono", ("mono",)),
    ],
)
def test_a_theme_is_one_that_can_be_read_here(
    environ: dict[str, str], wanted: str, begins: str, offers: tuple[str, ...]
) -> None:
    decided = profile(environ, Wishes(theme=wanted))
    assert (decided.theme, decided.themes) == (begins, offers)


@pytest.mark.parametrize(
    ("environ", "frames", "escape", "mouse"),
    [
        (X256, "120", None, True),
        (X256 | SSH, "30", "250", True),
        (X256 | {"VESTIBULE_SLOW": "1"}, "8", "250", False),
        ({"TERM": "vt220"}, "8", "250", False),
        ({"TERM": "linux"}, "120", None, False),
    ],
)
def test_frames_and_mouse_follow_the_line(
    environ: dict[str, str], frames: str, escape: str | None, mouse: bool
) -> None:
    environ = dict(environ)
    assert prepare(environ).mouse is mouse
    assert (environ["TEXTUAL_FPS"], environ.get("ESCDELAY")) == (frames, escape)


@pytest.mark.parametrize(
    ("environ", "system"),
    [(RICH, "truecolor"), (X256, "256"), ({"TERM": "linux"}, "standard"),
     ({"TERM": "linux", "VESTIBULE_TERMINAL": "rich"}, "256")],
)  # fmt: skip
def test_textual_is_told_before_it_is_imported(environ: dict[str, str], system: str) -> None:
    told = dict(environ)
    decided = prepare(told)
    assert told["TEXTUAL_COLOR_SYSTEM"] == system
    assert told["TEXTUAL_THEME"] == ("ansi-dark" if decided.ansi else "textual-dark")
    assert told["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert "NO_COLOR" not in told


def test_no_colour_is_told_too() -> None:
    told = dict(X256)
    prepare(told, Wishes(kind="mono"))
    assert told["NO_COLOR"] == "1"
    told = X256 | {"NO_COLOR": "1"}
    prepare(told, Wishes(kind="16"))
    assert "NO_COLOR" not in told


def test_flags_go_before_the_environment_and_that_before_files() -> None:
    environ = X256 | {"VESTIBULE_THEME": "light"}
    chosen, asked = Wishes(theme="contrast"), Wishes(kind="plain", theme="mono", slow=True)
    decided = prepare(dict(environ), Wishes(theme="dark"), chosen, asked)
    assert (decided.wanted_theme, decided.plain_glyphs, decided.slow) == ("dark", True, True)
    assert prepare(dict(environ), Wishes(), chosen, asked).wanted_theme == "light"
    assert prepare(dict(X256), None, chosen, asked).wanted_theme == "contrast"
    assert prepare(dict(X256), Wishes(slow=False), asked).slow is False


def test_what_a_file_asks_for() -> None:
    assert from_table({"kind": "16", "theme": "mono", "slow": True}) == Wishes("16", "mono", True)
    assert from_table({"kind": 16, "theme": "pink", "slow": "yes"}) == Wishes("16", "", None)
    assert from_table({}) == Wishes()
    assert from_environment({"VESTIBULE_TERMINAL": "PLAIN"}) == Wishes("plain")


# ------------------------------------------------------------------ this machine


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    (tmp_path / "config").mkdir()
    return Folders(tmp_path / "config", tmp_path / "state", tmp_path / "cache")


def test_config_toml_and_the_choice_on_the_screens(here: Folders) -> None:
    (here.config / "config.toml").write_text('[terminal]\nkind = "plain"\ntheme = "mono"\n')
    with patch.dict("os.environ", X256, clear=True):
        assert (desk.profile_here(here).theme, desk.profile_here(here).plain_glyphs) == ("mono", True)
        preferences.save(here, theme="16")
        assert desk.profile_here(here).theme == "16"
        assert desk.profile_here(here, Wishes(theme="mono")).theme == "mono"


@pytest.mark.parametrize("written", ["", "[terminal", "terminal = 3", "\xff"])
def test_a_config_toml_that_says_nothing_of_it(here: Folders, written: str) -> None:
    (here.config / "config.toml").write_bytes(written.encode("latin-1"))
    assert host_table(here, "terminal") == {}


def test_every_kind_and_theme_has_its_flag() -> None:
    parser = argparse.ArgumentParser()
    desk.add_flags(parser)
    for kind in KINDS:
        assert desk.wishes(parser.parse_args(["--terminal", kind])) == Wishes(kind)
    for theme in THEMES:
        assert desk.wishes(parser.parse_args(["--theme", theme, "--slow"])) == Wishes("", theme, True)
    assert desk.wishes(parser.parse_args(["--no-slow"])).slow is False
