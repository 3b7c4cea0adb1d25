"""``vestibule`` as a script runs it, in a home of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.sites import PASSWORD
from vestibule import cli


class Person(io.StringIO):
    """Somebody at the terminal: answers what is asked in sight, and looks up what is not known yet."""

    def __init__(self, answers: Iterable[str | Callable[[], str]]) -> None:
        super().__init__()
        self._answers = iter(answers)

    def isatty(self) -> bool:
        return True

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
        answer = next(self._answers, None)
        if answer is None:
            return ""
        return (answer if isinstance(answer, str) else answer()) + "\n"


class Screen(io.TextIOWrapper):
    """What a person reads."""

    def isatty(self) -> bool:
        return True


class Shell:
    """Runs commands, in this process unless the process itself matters."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {**os.environ, "VESTIBULE_HOME": str(home), "LANG": "C.UTF-8"}
        self.password_file = home.with_name("password")
        self.password_file.write_text(PASSWORD + "\n")

    def run(
        self, *arguments: str, answers: Iterable[str | Callable[[], str]] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """With ``answers`` somebody sits at a terminal and gives them."""
        written = io.BytesIO(), io.BytesIO()
        stdout = io.TextIOWrapper(written[0], "utf-8", write_through=True)
        seen = io.TextIOWrapper if answers is None else Screen
        stderr = seen(written[1], "utf-8", write_through=True)
        with (
            patch.dict(os.environ, self.environ, clear=True),
            patch("sys.stdin", io.StringIO() if answers is None else Person(answers)),
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
