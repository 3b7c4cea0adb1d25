"""Tests that need a program or a right: skipped where it is missing, failed where everything is required."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any, TypeVar, cast

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])


def needs(program: str) -> Callable[[Test], Test]:
    """Decorates a test. ``VESTIBULE_TEST_REQUIRE=all`` turns the skip into a failure."""

    def decorate(test: Test) -> Test:
        if shutil.which(program):
            return test
        return _without(test, f"needs the program {program}, which is not installed")

    return decorate


def needs_namespaces(test: Test) -> Test:
    """Decorates a test that makes networks of its own, as :func:`needs` does."""
    why = _no_namespaces()
    return _without(test, why) if why else test


def _without(test: Test, why: str) -> Test:
    if os.environ.get("VESTIBULE_TEST_REQUIRE") != "all":
        return cast(Test, pytest.mark.skip(reason=why)(test))

    @functools.wraps(test)
    def fails(*_: object, **__: object) -> None:
        pytest.fail(why)

    # Without its fixtures: they need the program too, and would fail in other words.
    del fails.__wrapped__
    return cast(Test, fails)


@functools.cache
def _no_namespaces() -> str:
    """What is missing for network namespaces; empty when nothing is."""
    if shutil.which("ip") is None:
        return "needs the program ip, which is not installed"
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "needs /dev/net/tun"
    name = f"vst-probe-{os.getpid()}"
    for act in ("add", "delete"):
        done = subprocess.run(["ip", "netns", act, name], capture_output=True, text=True)
        if done.returncode:
            return f"needs network namespaces: {done.stderr.strip()}"
    return ""
