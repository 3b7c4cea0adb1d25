"""The unit for systemd, judged by systemd itself; it need not be running."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.cli.shell import Shell
from tests.needs import needs

EXPOSED = 2.0
"""The most that ``systemd-analyze security`` may find, of 10."""


@needs("systemd-analyze")
def test_systemd_accepts_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    done = Shell(tmp_path / "home").run("serve", "--print", "unit")
    assert done.returncode == 0, done.stderr
    unit = tmp_path / "vestibule.service"
    unit.write_text(done.stdout)
    said = _analyze("verify", "--man=no", unit)
    assert [line for line in said.splitlines() if "vestibule" in line] == []
    said = _analyze("security", "--offline=true", f"--threshold={EXPOSED * 10:.0f}", unit)
    found = re.search(r"exposure level for .*: ([0-9.]+)", said)
    assert found is not None
    assert float(found[1]) <= EXPOSED


def _analyze(*arguments: str | Path) -> str:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
