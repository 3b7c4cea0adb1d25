"""How whoever uses this machine likes the screens: one small file in the state folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vestibule.config import Folders, write_private

_FILE = "preferences.json"


class Preferences(msgspec.Struct, kw_only=True):
    """What was chosen on the screens; an empty string where nothing was."""

    theme: str = ""
    language: str = ""


def load(folders: Folders) -> Preferences:
    """What was chosen here; nothing when the file is missing or damaged."""
    try:
        return msgspec.json.decode(_path(folders).read_bytes(), type=Preferences)
    except (OSError, msgspec.MsgspecError):
        return Preferences()


def save(folders: Folders, *, theme: str | None = None, language: str | None = None) -> None:
    """Remember a choice; what is None stays as it was."""
    chosen = load(folders)
    chosen.theme = chosen.theme if theme is None else theme
    chosen.language = chosen.language if language is None else language
    write_private(_path(folders), msgspec.json.encode(chosen))


def _path(folders: Folders) -> Path:
    return folders.state / _FILE
