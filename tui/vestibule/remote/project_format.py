"""What a ``.vestibule`` file consists of: settings and package of one version, to keep or bring elsewhere.

A zip with ``manifest.json``, ``settings.json`` and, if there is one, ``package``. Secrets are never in it.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from vestibule.models import PACKAGE_LIMIT, Sha256

FORMAT: Final = 1
SUFFIX: Final = ".vestibule"
MANIFEST, SETTINGS, PACKAGE = "manifest.json", "settings.json", "package"
_ODD = re.compile(r"[^A-Za-z0-9._ -]")


class ProjectFileError(Exception):
    """The file cannot be taken. ``code`` is stable; ``key`` is the setting it is about, foreign text."""

    def __init__(self, code: str, key: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.key = key


class FilePackage(Struct, kw_only=True, forbid_unknown_fields=True):
    """The package as the manifest describes it."""

    name: Annotated[str, Meta(max_length=500)]
    size: Annotated[int, Meta(ge=1, le=PACKAGE_LIMIT)]
    sha256: Sha256


class Manifest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where the file comes from and what is in it. ``site`` is foreign text."""

    format: int
    site: Annotated[str, Meta(max_length=500)]
    version: Annotated[int, Meta(ge=1)]
    exported_at: datetime
    package: FilePackage | None


class Contents(Struct, kw_only=True):
    """What was read: settings as they may stand, and the package as a private file of this machine."""

    manifest: Manifest
    settings: dict[str, Any]
    package: Path | None = None


def suggested_name(site: str, number: int) -> str:
    """A file name for version ``number`` of ``site``, which is foreign text."""
    return f"{safe_name(site, 'site').replace(' ', '-').lower()}-{number}{SUFFIX}"


def safe_name(foreign: str, otherwise: str) -> str:
    """The harmless letters of ``foreign`` as a file name: no separator, no leading dot or dash."""
    return _ODD.sub("_", foreign)[-100:].strip("._ -") or otherwise
