"""What differs between two sets of settings, row by row in words, and how far a file has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.i18n import _
from vestibule.models import HookResult, PackageInfo, Version
from vestibule.properties import PROPERTIES, SECRETS
from vestibule.render.pairs import pair
from vestibule.render.property_words import label, value_words
from vestibule.render.server_words import in_our_words
from vestibule.text import visible

_KIB, _MIB = 1024, 1024**2


@dataclass(frozen=True)
class Difference:
    """One row: what it is called, what stood there, what shall stand there."""

    key: str
    label: str
    old: str
    new: str

    @property
    def whole(self) -> str:
        """All of it, for where there is room."""
        return pair(self.label, f"{self.old} → {self.new}")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The rows of ``after`` that differ from ``before``, in the order of the grid.

    A secret in ``after`` always does: nobody can see whether it is the same.
    """
    return [
        Difference(key, label(key), words_before(key, before.get(key)), words_after(key, after[key]))
        for key in in_order(after)
        if key in SECRETS or before.get(key) != after[key]
    ]


def in_order(keys: Iterable[str]) -> list[str]:
    """Those keys that are properties, in the order of the grid."""
    known = set(keys)
    return [entry.key for entry in PROPERTIES if entry.key in known]


def words_before(key: str, value: Any) -> str:
    """A value in force; of a secret only whether it is set."""
    return value_words(key, value)


def words_after(key: str, value: Any) -> str:
    """A value to come; of a secret only that it changes."""
    if key not in SECRETS:
        return value_words(key, value)
    return _("removed") if value == "" else _("changed")


def package_difference(old: PackageInfo | None, new: str | None) -> Difference:
    """The row of the package; ``new`` is it in words, None when there is none."""
    return Difference("package", _("Package"), package_words(old), new or _("none"))


def package_words(package: PackageInfo | None) -> str:
    """A package by its name and size."""
    if package is None:
        return _("none")
    return f"{visible(package.name, 100)} ({size(package.size)})"


def size(count: int) -> str:
    """So many bytes, as people say it."""
    if count < _KIB:
        return _("%d bytes") % count
    if count < _MIB:
        return _("%.1f KiB") % (count / _KIB)
    return _("%.1f MiB") % (count / _MIB)


def progress(done: int, whole: int, width: int = 20) -> str:
    """``[####      ]  40 %  80.0 MiB of 200.0 MiB``, the same width all the time."""
    told = _("%(done)s of %(whole)s") % {"done": size(done), "whole": size(whole)}
    return bar(done, whole, told, width)


def bar(done: int, whole: int, told: str, width: int = 20) -> str:
    """How much of the ``whole`` is done, with words of its own behind it."""
    filled = width * done // whole if whole else width
    percent = 100 * done // whole if whole else 100
    return f"[{'#' * filled}{' ' * (width - filled)}] {percent:3d} %  {told}"


def hook_words(hook: HookResult) -> str:
    """What came of a hook, in a word or two."""
    if hook.running:
        return _("running…")
    if hook.exit is None:
        return _("stopped")
    took = _("%.1f s") % hook.seconds
    return _("done in %s") % took if hook.exit == 0 else _("failed with %d") % hook.exit


def hook_lines(hook: HookResult) -> list[str]:
    """A hook with its last lines, each fit for any terminal."""
    output = [visible(in_our_words(line)) for line in hook.output.splitlines() if line.strip()]
    return [f"{visible(hook.hook)}: {hook_words(hook)}", *(f"  {line}" for line in output)]


def hooks_mark(version: Version) -> str:
    """One word on the hooks of a version: empty without any."""
    if not version.hooks:
        return ""
    if any(hook.running for hook in version.hooks):
        return _("hooks run")
    failed = [hook for hook in version.hooks if hook.exit != 0]
    return _("! hooks") if failed else _("hooks ok")


def hooks_run() -> str:
    """What is said while hooks run."""
    return _("The site's hooks are running. They go on when you close this.")


def hooks_sentence(version: Version) -> tuple[str, bool]:
    """How the hooks of a version stand, and whether one has failed."""
    if any(hook.running for hook in version.hooks):
        return hooks_run(), False
    if any(hook.exit != 0 for hook in version.hooks):
        return _("A hook has failed. The version is in force all the same."), True
    return _("The site's hooks have run."), False
