"""The README's table of keys is what the bindings say."""

from __future__ import annotations

import pytest

from tests.key_table import BEGIN, END, README, table, written


def test_the_table_in_the_readme_is_current() -> None:
    readme = README.read_text()
    assert written(readme) == readme, "run: python -m tests.key_table"


def test_it_names_screens_keys_and_acts() -> None:
    lines = table().splitlines()
    clients = next(line for line in lines if line.startswith("| 1 Clients |"))
    assert "`n` New one-time code" in clients
    assert "`Del` Remove the client" in clients
    assert "`F2` `ctrl+s` Save" in next(line for line in lines if line.startswith("| Client editor |"))
    assert "`F1` Help" in next(line for line in lines if line.startswith("| everywhere |"))


def test_an_old_table_is_replaced_and_nothing_else() -> None:
    assert written(f"a\n{BEGIN}\nold\n{END}\nb") == f"a\n{table()}\nb"


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(AssertionError, match="no block"):
        written("no table")
