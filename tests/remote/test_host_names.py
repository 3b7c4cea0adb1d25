"""A host's name that stands for no letters is refused where it is written, not where it is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vestibule.remote.cloud_links import sought
from vestibule.remote.sites import address_of


@pytest.mark.parametrize("read", [address_of, lambda url: sought(f"{url}/s/TK-000815").cloud])
def test_a_name_that_nobody_can_read_is_no_address(read: Callable[[str], str]) -> None:
    assert read("https://xn--mnchen-3ya.example") == "https://xn--mnchen-3ya.example"
    for wrong in ("https://xn--0.example", "https://xn--zzzzzz"):
        with pytest.raises(ValueError):
            read(wrong)
