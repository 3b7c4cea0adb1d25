"""What the server says of gateways and hooks is translated; what a gateway says itself is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vestibule import i18n, sms
from vestibule.i18n import SOURCE
from vestibule.render.server_words import _SAID, in_our_words


@pytest.fixture(autouse=True)
def _in_german() -> Iterator[None]:
    i18n.use("de")
    yield
    i18n.use(SOURCE)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no connection to the gateway", "keine Verbindung zum Gateway"),
        ("No connection to the mail server.", "Keine Verbindung zum Mailserver."),
        ("the gateway did not answer within 10 s", "das Gateway hat innert 10 s nicht geantwortet"),
        ("The gateway answers HTTP 500.", "Das Gateway antwortet mit HTTP 500."),
        ("HTTP 402: no credit left", "HTTP 402: no credit left"),
        ("100 % of %s is used", "100 % of %s is used"),
        ("", ""),
    ],
)
def test_it_is_said_in_the_language_of_who_reads_it(said: str, shown: str) -> None:
    assert in_our_words(said) == shown


def test_every_reason_that_the_source_gives_is_known() -> None:
    """``failed("…")`` and ``_Trouble("…")`` with a text of ours in it."""
    files = Path(sms.__file__).parent.glob("*.py")
    calls = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    said = {_template(call.args[0]) for call in calls if _is_reason(call)}  # type: ignore[attr-defined]
    ours = {each for each in said if re.search("[a-z]{3} [a-z]", each) and not each.startswith("SMTP")}
    assert len(ours) > 10
    assert ours <= set(_SAID)


def _is_reason(node: ast.AST) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and bool(node.args)
    return named and node.func.id in ("failed", "_Trouble")  # type: ignore[attr-defined]


def _template(text: ast.expr) -> str:
    if isinstance(text, ast.JoinedStr):
        return "".join(str(ast.literal_eval(p)) if isinstance(p, ast.Constant) else "%s" for p in text.values)
    return str(text.value) if isinstance(text, ast.Constant) else ""
