"""Each terminal gets what it can show."""

from __future__ import annotations

import pytest

from vestibule.terminal import Profile, prepare, profile


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color"}, Profile(False, False, False, False)),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, Profile(False, False, False, False)),
        ({"TERM": "xterm"}, Profile(True, False, False, False)),
        ({"TERM": "linux"}, Profile(True, False, True, True)),
        ({"TERM": "vt220"}, Profile(True, False, True, False)),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Profile(False, True, False, False)),
    ],
)
def test_the_profile_follows_the_environment(environ: dict[str, str], expected: Profile) -> None:
    assert profile(environ) == expected


def test_textual_is_told_before_it_is_imported() -> None:
    environ = {"TERM": "linux"}
    prepare(environ)
    assert environ["TEXTUAL_THEME"] == "ansi-dark"
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
