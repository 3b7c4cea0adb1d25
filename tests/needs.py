"""Tests that need a program: skipped where it is missing, failed where everything is required."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from typing import Any, TypeVar, cast

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])


def needs(program: str) -> Callable[[Test], Test]:
    """Decorates a test. ``VESTIBULE_TEST_REQUIRE=all`` turns the skip into a failure."""

    def decorate(test: Test) -> Test:
        if shutil.which(program):
            return test
        why = f"needs the program {program}, which is not installed"
        if os.environ.get("VESTIBULE_TEST_REQUIRE") != "all":
            return cast(Test, pytest.mark.skip(reason=why)(test))

        @functools.wraps(test)
        def fails(*_: object, **__: object) -> None:
            pytest.fail(why)

        # Without its fixtures: they need the program too, and would fail in other words.
        del fails.__wrapped__
        return cast(Test, fails)

    return decorate
