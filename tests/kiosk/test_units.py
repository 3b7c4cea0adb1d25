"""The units for systemd, judged by systemd itself; it need not be running."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.needs import needs

UNITS = {"tty": "vestibule-kiosk@tty1.service", "web": "vestibule-kiosk-web.service"}
EXPOSED = 1.5
"""The most that ``systemd-analyze security`` may find, of 10."""


def printed(tmp_path: Path, kind: str) -> Path:
    """The unit as somebody who installs it writes it down."""
    done = Shell(tmp_path / "home").run("kiosk", "--print", kind)
    assert done.returncode == 0, done.stderr
    unit = tmp_path / UNITS[kind]
    unit.write_text(done.stdout)
    return unit


def analyze(*arguments: str | Path) -> str:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs("systemd-analyze")
@pytest.mark.parametrize("kind", UNITS)
def test_systemd_accepts_the_unit(tmp_path: Path, kind: str) -> None:
    unit = printed(tmp_path, kind)
    said = analyze("verify", "--man=no", unit)
    assert [line for line in said.splitlines() if unit.name in line or "kiosk" in line] == []


@needs("systemd-analyze")
@pytest.mark.parametrize("kind", UNITS)
def test_the_unit_is_hardened(tmp_path: Path, kind: str) -> None:
    said = analyze(
        "security", "--offline=true", f"--threshold={round(EXPOSED * 10)}", printed(tmp_path, kind)
    )
    found = re.search(r"exposure level for .*: ([0-9.]+)", said)
    assert found is not None
    assert float(found[1]) <= EXPOSED


def test_the_console_belongs_to_the_kiosk_alone(tmp_path: Path) -> None:
    unit = printed(tmp_path, "tty").read_text()
    for line in ("Conflicts=getty@%i.service autovt@%i.service", "TTYPath=/dev/%I", "Restart=always"):
        assert f"\n{line}\n" in unit
    assert "StartLimitIntervalSec=0" in unit  # it never gives up
