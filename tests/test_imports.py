"""The house keeps its order: imports run downward only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent
LINT = Path(sys.executable).with_name("lint-imports")


def test_import_contracts_are_kept() -> None:
    """The contracts stand in pyproject.toml."""
    done = subprocess.run([str(LINT), "--no-cache"], cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
