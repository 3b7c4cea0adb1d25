"""``--profile-package``: packages that only the clients of one profile get."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vestibule import text
from vestibule.cli.output import USAGE, Stop
from vestibule.i18n import _
from vestibule.remote.packages import Progress

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    said = _("a package that only clients of this profile get; without a FILE it is taken out")
    parser.add_argument("--profile-package", action="append", default=[], metavar="PROFILE=FILE", help=said)


def given(options: argparse.Namespace) -> dict[str, Path | None]:
    """Profile → file, None to take its package out. Raises Stop when one is not written as it should be."""
    found: dict[str, Path | None] = {}
    for written in options.profile_package:
        name, between, file = written.partition("=")
        if not (between and text.normal(name)):
            raise Stop(_("Write it as PROFILE=FILE."), USAGE)
        found[text.normal(name)] = Path(file) if file else None
    return found


async def sent(
    api: Api, version: int, files: Mapping[str, Path | None], progress: Progress
) -> dict[str, str]:
    """All packages of profiles, by their hash: ``files``, which are sent, and those that ``version`` has."""
    known = (await api.version(version)).profiles or {}
    together = {name: info.sha256 for name, info in known.items() if name not in files}
    for name, path in files.items():
        if path is not None:
            together[name] = (await api.upload_package(path, progress)).sha256
    return together
