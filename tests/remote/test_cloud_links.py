"""What names a site at its cloud."""

from __future__ import annotations

import pytest

from vestibule.remote.cloud_links import Sought, sought

MARK = "IR77VBB6JIUUFBNVU7UTNGPO"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (" tk-000815 ", Sought("TK-000815")),
        (f"https://cloud.example/s/TK-000815?k={MARK}", Sought("TK-000815", "https://cloud.example", MARK)),
        (
            f"HTTPS://CLOUD.EXAMPLE:8443/S/tk-000815/?K={MARK.lower()}#7kqm-4xpt-9d2h",
            Sought("TK-000815", "https://cloud.example:8443", MARK, "7KQM-4XPT-9D2H"),
        ),
        ("http://127.0.0.1:7550/s/TK-1A", Sought("TK-1A", "http://127.0.0.1:7550")),
    ],
)
def test_a_serial_number_or_a_link_is_taken(written: str, meant: Sought) -> None:
    assert sought(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "TK",
        "TK 0815",
        "TK-0\u202e815",
        "http://cloud.example/s/TK-000815",
        "https://cloud.example/j/TK-000815",
        "https://cloud.example/s/",
        "https://user@cloud.example/s/TK-000815",
        "cloud.example/s/TK-000815",
    ],
)
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        sought(written)
