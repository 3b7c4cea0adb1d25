"""uv.lock speaks of the dependencies that pyproject.toml names; after a change: ``uv lock``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
NAME = "vestibule"


def named(project: dict[str, Any]) -> set[tuple[str, frozenset[str], SpecifierSet, str]]:
    """What the project needs: name, extras, versions, and the extra it is for."""
    needs = {"": project["dependencies"], **project["optional-dependencies"]}
    found = set()
    for extra, lines in needs.items():
        for line in lines:
            need = Requirement(line)
            found.add((need.name, frozenset(need.extras), need.specifier, extra))
    return found


def locked(package: dict[str, Any]) -> set[tuple[str, frozenset[str], SpecifierSet, str]]:
    found = set()
    for need in package["metadata"]["requires-dist"]:
        extra = need.get("marker", "").partition("extra == '")[2].rstrip("'")
        versions = SpecifierSet(need.get("specifier", ""))
        found.add((need["name"], frozenset(need.get("extras", ())), versions, extra))
    return found


def test_the_lock_is_of_these_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    (own,) = [package for package in lock["package"] if package["name"] == NAME]
    assert locked(own) == named(project)
    held = {package["name"]: package["version"] for package in lock["package"] if "version" in package}
    for name, _extras, versions, _extra in named(project):
        assert name == NAME or held[name] in versions
