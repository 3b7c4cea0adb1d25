"""``vestibule`` as a script runs it, in a home of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.sites import PASSWORD
from vestibule import cli


class Shell:
    """Runs commands, in this process unless the process itself matters."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {**os.environ, "VESTIBULE_HOME": str(home), "LANG": "C.UTF-8"}
        self.password_file = home.with_name("password")
        self.password_file.write_text(PASSWORD + "\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        written = io.BytesIO(), io.BytesIO()
        stdout, stderr = (io.TextIOWrapper(each, "utf-8", write_through=True) for each in written)
        with (
            patch.dict(os.environ, self.environ, clear=True),
            patch("sys.stdin", io.StringIO()),
            redirect_stdout(stdout),
            redirect_stderr(stderr),
        ):
            try:
                status: Any = cli.run(arguments)
            except SystemExit as left:  # how argparse refuses
                status = left.code
        printed, said = (each.getvalue().decode() for each in written)
        return subprocess.CompletedProcess(arguments, status, printed, said)

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "vestibule", *arguments]

    def process(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """As ``run``, in a process of its own that reads what is ``given``."""
        return subprocess.run(
            self.command(*arguments), env=self.environ, input=given, capture_output=True, text=True
        )
