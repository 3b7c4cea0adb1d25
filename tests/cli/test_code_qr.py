"""``vestibule code show --qr``: what is printed can be read by cameras, or is not printed at all."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.qr_reading import Cell, picture, read_both, run_cells
from vestibule.render.qr import BLACK, WHITE, Fit, Matrix, Style, dimensions, link_matrix
from vestibule.render.qr_ansi import Depth, depth, lines

LINK = "https://gateway.example:7550/j/7KQM4XPT9D2H"
READ = "https://GATEWAY.EXAMPLE:7550/J/7KQM4XPT9D2H"
_SGR = re.compile(r"\x1b\[([0-9;]*)m([^\x1b]*)")
_COLOURS = {
    "30": (BLACK, None),
    "37": (WHITE, None),
    "40": (None, BLACK),
    "107": (None, WHITE),
    "38;5;16": (BLACK, None),
    "38;5;231": (WHITE, None),
    "48;5;16": (None, BLACK),
    "48;5;231": (None, WHITE),
    "38;2;0;0;0": (BLACK, None),
    "38;2;255;255;255": (WHITE, None),
    "48;2;0;0;0": (None, BLACK),
    "48;2;255;255;255": (None, WHITE),
}


def cells(printed: list[str]) -> list[list[Cell]]:
    """What a terminal would show, read from the sequences alone."""
    return [run_cells(_run(*found) for found in _SGR.findall(line)) for line in printed]


def _run(codes: str, text: str) -> tuple[str, str | None, str | None, bool]:
    assert codes.startswith("0")
    fg = bg = None
    rest = codes.removeprefix("0").removeprefix(";").replace("47;107", "107")
    while rest and rest != "7":
        code = next(
            code for code in sorted(_COLOURS, key=len, reverse=True) if (rest + ";").startswith(code + ";")
        )
        fg, bg = _COLOURS[code][0] or fg, _COLOURS[code][1] or bg
        rest = rest.removeprefix(code).removeprefix(";")
    return text, fg, bg, rest == "7"


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return link_matrix(LINK)


@pytest.mark.parametrize(
    "chosen", [Fit(Style.FULL, 4), Fit(Style.FULL, 2), Fit(Style.HALF, 4), Fit(Style.HALF, 1)]
)
@pytest.mark.parametrize("colours", Depth)
def test_both_decoders_read_what_is_printed(matrix: Matrix, colours: Depth, chosen: Fit) -> None:
    printed = lines(matrix, chosen, colours)
    shown = cells(printed)
    assert {len(row) for row in shown} == {dimensions(len(matrix), chosen)[0]}
    assert READ in read_both(picture(shown))
    assert all(line.endswith("\x1b[0m") for line in printed)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Depth.TRUE),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, Depth.TRUE),
        ({"TERM": "xterm-256color"}, Depth.PALETTE),
        ({"TERM": "xterm-256color", "COLORTERM": "yes"}, Depth.PALETTE),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor"}, Depth.PALETTE),
        ({"TERM": "xterm"}, Depth.SIXTEEN),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, Depth.SIXTEEN),
        ({}, Depth.SIXTEEN),
        ({"TERM": "vt220"}, Depth.NONE),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, Depth.NONE),
    ],
)
def test_colours_are_those_the_terminal_takes(environ: Mapping[str, str], expected: Depth) -> None:
    assert depth(environ) is expected


def on_terminal(
    shell: Shell, columns: int, rows: int, *arguments: str, **environ: str
) -> tuple[int, str, str]:
    """Exit code, stdout (a terminal of that size) and stderr of a command."""
    outside, inside = pty.openpty()
    termios.tcsetwinsize(inside, (rows, columns))
    known = {
        name: value for name, value in shell.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")
    }
    known |= {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "VESTIBULE_PUBLIC_URL": LINK.partition("/j/")[0],
    }
    running = subprocess.Popen(
        shell.command(*arguments), env=known | environ, stdout=inside, stderr=subprocess.PIPE, text=True
    )
    os.close(inside)
    printed = b""
    try:
        while block := os.read(outside, 65536):
            printed += block
    except OSError:  # how Linux says that nobody holds the other end any more
        pass
    os.close(outside)
    said = running.communicate()[1]
    return running.returncode, printed.decode(), said


@pytest.fixture
def link(shell: Shell) -> str:
    shell.environ["VESTIBULE_PUBLIC_URL"] = LINK.partition("/j/")[0]
    link: str = shell.json("clients", "add", "Room 12")["code"]["link"]
    return link


def test_on_a_terminal_the_code_fits_whole_with_its_link(shell: Shell, link: str) -> None:
    status, printed, said = on_terminal(shell, 80, 24, "code", "show", "Room 12", "--qr")
    assert (status, said) == (0, "")
    rows = printed.replace("\r\n", "\n").splitlines()
    assert rows[1] == link
    drawn = cells(rows[2:])
    assert len(drawn) <= 22
    assert {len(row) for row in drawn} == {len(drawn[0])}
    scheme, _, rest = link.partition("://")
    assert f"{scheme}://{rest.upper()}" in read_both(picture(drawn))


def test_where_it_does_not_fit_there_are_the_link_and_the_size_needed(shell: Shell, link: str) -> None:
    status, printed, said = on_terminal(shell, 80, 12, "code", "show", "Room 12", "--qr")
    assert (status, printed.splitlines()[1:]) == (1, [link])
    assert re.search(r"needs a terminal of 3\d columns × \d\d rows.* 80 × 12", said)


def test_a_dumb_terminal_gets_no_sequences(shell: Shell, link: str) -> None:
    status, printed, _ = on_terminal(shell, 80, 50, "code", "show", "Room 12", "--qr", TERM="dumb")
    assert (status, printed.splitlines()[1:]) == (1, [link])


def test_in_a_file_the_code_is_large_and_needs_no_glyphs(shell: Shell, link: str, tmp_path: Path) -> None:
    done = shell.run("code", "show", "Room 12", "--qr")
    assert (done.returncode, done.stderr) == (0, "")
    code = done.stdout.splitlines()[2:]
    assert set(re.sub(r"\x1b\[[0-9;]*m", "", "".join(code))) == {" "}
    assert any(read_both(picture(cells(code))))


def test_a_new_code_is_drawn_when_it_is_issued(shell: Shell, link: str) -> None:
    done = shell.run("code", "issue", "Room 12", "--qr")
    assert done.stdout.splitlines()[1] != link
    assert any(read_both(picture(cells(done.stdout.splitlines()[2:]))))
    assert shell.run("code", "issue", "Room 12", "--qr", "--json").returncode == 2
