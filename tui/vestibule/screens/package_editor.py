"""Asks for the package file that is uploaded with the edits."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from textual.widget import Widget

from vestibule.i18n import _
from vestibule.models import PACKAGE_LIMIT
from vestibule.screens.property_editor import FieldEditor, Keep, sentence_of
from vestibule.widgets.field import Field


class PackageEditor(FieldEditor):
    """A path on this machine; the empty one takes the package back."""

    def __init__(self, path: str, keep: Keep) -> None:
        """``keep`` is given an absolute path, or None."""
        about = _("A file on this machine, uploaded with the edits. Empty: none.")
        super().__init__(_("Package file"), about, keep)
        self._start = path

    def controls(self) -> list[Widget]:
        """The path."""
        field = Field(_("Path"), id="value", value=self._start, placeholder=_("~/project.zip"))
        field.input.cursor_position = len(field.value)
        return [field]

    def objection(self, field: Field) -> str:
        """Why the file cannot be uploaded."""
        path = located(field.value)
        return "" if path is None else file_objection(path)

    def value(self) -> str | None:
        """Where the file is."""
        path = located(self.checked(self.query_one("#value", Field)))
        return None if path is None else str(path)


def located(typed: str) -> Path | None:
    """The absolute path that was typed; None for nothing."""
    return Path(os.path.expanduser(typed.strip())).absolute() if typed.strip() else None


def file_objection(path: Path) -> str:
    """Why ``path`` cannot be a package, as a sentence; empty if it can."""
    try:
        found = path.stat()
    except PermissionError:
        return _("This file cannot be read. Check who may read it and its folder.")
    except (OSError, ValueError):
        return _("There is no such file on this machine.")
    if not stat.S_ISREG(found.st_mode):
        return _("This is not a file.")
    if not os.access(path, os.R_OK):
        return _("This file cannot be read. Check who may read it and its folder.")
    if not found.st_size:
        return _("This file is empty.")
    return sentence_of("package_too_large") if found.st_size > PACKAGE_LIMIT else ""
