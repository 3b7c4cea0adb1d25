"""Writes the README's table of keys from the bindings: ``.venv/bin/python -m tests.key_table``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode

from vestibule.app import VestibuleApp
from vestibule.screens.base import Quiet
from vestibule.screens.keys import is_act, shown
from vestibule.screens.section import Section
from vestibule.screens.sections import SECTIONS, titles
from vestibule.widgets.property_grid import PropertyGrid

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- keys: made by python -m tests.key_table -->", "<!-- end of keys -->"
DIALOGS = (
    ("Login", "login", "Login"),
    ("Login, Setup", "form", "Form"),
    ("Sites", "sites", "Sites"),
    ("Second window", "second_window", "SecondWindow"),
    ("Client editor", "client_editor", "ClientEditor"),
    ("Upload", "upload", "Upload"),
    ("Conflict", "conflict", "Conflict"),
    ("Versions", "versions", "Versions"),
    ("Home, Project", "project_acts", "ProjectActs"),
    ("Devices", "devices", "Devices"),
    ("Activity, one row", "activity_detail", "ActivityDetail"),
    ("Activity, verify", "activity_check", "ActivityCheck"),
    ("Cloud", "cloud", "Cloud"),
    ("Sites of a cloud", "cloud_sites", "CloudSites"),
    ("QR code alone", "qr_alone", "QrAlone"),
    ("Authenticator app", "app_setup", "AppSetup"),
)
"""Dialogs with keys of their own beside Tab, Enter and Esc."""

WIDGETS: dict[str, tuple[type[DOMNode], ...]] = {"system": (PropertyGrid,), "two_factor": (PropertyGrid,)}
"""What is in a section and takes keys that do more than move."""


def table() -> str:
    """The block between the marks."""
    rows = [("everywhere", [*_of(VestibuleApp), ("ctrl+p", "Find an action"), *_of(Quiet)])]
    digits = " ".join(entry.digit for entry in SECTIONS)
    rows.append(("signed in", [(digits, "Go to a section"), *_of(Section)]))
    names = titles()
    for entry in SECTIONS:
        kind = getattr(import_module(f"vestibule.screens.{entry.name}"), entry.screen)
        inside = WIDGETS.get(entry.name, ())
        keys = [*(key for widget in inside for key in _of(widget)), *_of(kind)]
        rows.append((f"{entry.digit} {names[entry.name]}", keys))
    for title, module, name in DIALOGS:
        rows.append((title, list(_of(getattr(import_module(f"vestibule.screens.{module}"), name)))))
    lines = [f"| {where} | {_cell(keys)} |" for where, keys in rows]
    return "\n".join([BEGIN, "", "| where | keys |", "|---|---|", *lines, "", END])


def _of(kind: type[DOMNode]) -> Iterator[tuple[str, str]]:
    """The keys that ``kind`` itself adds, and what each does."""
    together: dict[str, list[Binding]] = {}
    for _key, binding in BindingsMap(kind.__dict__.get("BINDINGS", ())):
        is_move = not (is_act(binding) or binding.id)
        if not is_move and "open_section" not in binding.action:
            together.setdefault(binding.description, []).append(binding)
    for words, bindings in together.items():
        yield " ".join(shown(binding.key) for binding in bindings), words


def _cell(keys: Sequence[tuple[str, str]]) -> str:
    named = ((" ".join(f"`{key}`" for key in said.split(" ")), words) for said, words in keys)
    return " · ".join(f"{said} {words}" for said, words in named)


def written(readme: str) -> str:
    """``readme`` with the table as it must be now."""
    block = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.DOTALL)
    assert block.search(readme), f"README.md has no block {BEGIN} … {END}"
    return block.sub(lambda _old: table(), readme)


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
