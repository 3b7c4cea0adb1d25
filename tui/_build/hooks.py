"""Hatchling's build hook: an installed Vestibule has its translations ready to be read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Hatchling runs this file alone.
sys.path.insert(0, str(Path(__file__).parents[1]))
from _build.catalogues import compile_all


class CompileCatalogues(BuildHookInterface[Any]):
    """Makes the .mo files; they are artifacts, so the wheel takes them although Git ignores them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the files are gathered, also for an editable install."""
        compile_all()
