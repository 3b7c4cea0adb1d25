"""How a site stands with its cloud, in words that have room on a row of System."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from vestibule import i18n, text
from vestibule.access.refused import PROBLEMS
from vestibule.cloud_models import CloudStatus, CloudUpdate
from vestibule.i18n import LANGUAGES, SOURCE
from vestibule.render import cloud_rows as words
from vestibule.render.cloud_details import link_trouble
from vestibule.render.when import zone

NOW = datetime(2026, 11, 22, 11, 2, tzinfo=UTC)
ZURICH = zone("Europe/Zurich")
ON = {"automatic_connection": True, "automatic_server_update": True}
WELL = CloudStatus(
    state="registered",
    missing=[],
    address="https://cloud.example",
    serial="TK-000815",
    key="ABCDEFGHIJKLMNOPQRSTUVWX",
    link="https://cloud.example/s/TK-000815?k=ABCDEFGHIJKLMNOPQRSTUVWX",
    registered_at=NOW - timedelta(days=1),
    contact_at=NOW,
    trouble="",
    trouble_at=None,
    held=12,
    newest=12,
    waiting=False,
    updates=[],
    public=True,
    uploaders=1,
)
TROUBLES = [code for code in PROBLEMS if code.startswith("cloud_")]


def status(**other: Any) -> CloudStatus:
    return msgspec.structs.replace(WELL, **other)


def said(key: str, how: CloudStatus, settings: dict[str, bool] = ON) -> str:
    return next(iter(words.row_words(key, settings, how, NOW, ZURICH)), "")


def updated(**other: Any) -> CloudStatus:
    made = CloudUpdate(at=NOW, signer="Rita", version=12, outcome="applied")
    return status(updates=[msgspec.structs.replace(made, **other)])


@pytest.mark.parametrize(
    ("key", "how", "begins"),
    [
        ("cloud", status(), "Registered. Last contact: 12:02."),
        ("cloud", status(held=11), "Registered. Last contact: 12:02. It has version 11 of 12."),
        ("cloud", status(state="new", registered_at=None), "Not registered yet"),
        ("cloud", status(state="off"), ""),
        ("cloud", status(state="incomplete", missing=["cloud_serial_missing"]), "! Set the serial number"),
        ("cloud", status(trouble="cloud_unreachable", trouble_at=NOW), "! The cloud does not answer."),
        ("serial_number", status(trouble="cloud_key_changed", trouble_at=NOW), "! Another server"),
        ("serial_number", status(trouble="cloud_unreachable"), "Registered by it with the cloud: Sat 12:02."),
        ("cloud_password", status(trouble="cloud_password_wrong"), "! The serial number or the password"),
        ("cloud_password", status(missing=["cloud_password_missing"]), "! Set the password for cloud"),
        ("cloud_password", status(trouble="cloud_unreachable"), "The cloud took it: Sat 12:02."),
        ("automatic_server_update", status(uploaders=0), "! No uploader is known"),
        ("automatic_server_update", status(), "None has come yet."),
        ("automatic_server_update", status(waiting=True), "A version waits"),
        ("automatic_server_update", updated(), "Last update: 12:02, version 12 by Rita: applied."),
        (
            "automatic_server_update",
            updated(signer="", version=None, outcome="refused", reason="version_stale"),
            "Last update: 12:02, by somebody unknown: refused. ",
        ),
        ("automatic_connection", status(), "Last contact: 12:02. c shows the link"),
        ("location", status(), ""),
    ],
)
def test_a_row_tells_how_the_site_stands(key: str, how: CloudStatus, begins: str) -> None:
    found = said(key, how)
    assert found.startswith(begins)
    assert bool(found) == bool(begins)


def test_a_row_that_is_off_tells_nothing() -> None:
    assert said("automatic_connection", status(), dict.fromkeys(ON, False)) == ""


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (status(), ""),
        (status(public=False), "“Automatic connection” is off"),
        (status(state="new"), "not registered"),
        (status(state="incomplete", missing=["cloud_password_missing"]), "Set the password"),
        (status(state="off"), "no cloud"),
    ],
)
def test_a_link_that_leads_nowhere_says_why(how: CloudStatus, why: str) -> None:
    found = link_trouble(how)
    assert why in found
    assert bool(found) == bool(why)


@pytest.fixture(params=LANGUAGES)
def _language(request: pytest.FixtureRequest) -> Iterator[None]:
    i18n.use(request.param)
    yield
    i18n.use(SOURCE)


@pytest.mark.usefixtures("_language")
@pytest.mark.parametrize(("width", "rows"), [(78, 2), (38, 4)])
def test_trouble_has_room_on_its_row(width: int, rows: int) -> None:
    for code in TROUBLES:
        how = status(trouble=code, trouble_at=NOW - timedelta(days=400))
        for key in words.ROWS:
            shown = words.fitting(words.row_words(key, ON, how, NOW, ZURICH), width, rows)
            assert len(text.content(shown).wrap(width)) <= rows, shown
    bad = updated(at=NOW - timedelta(days=400), signer="x" * 20, outcome="rolled_back", reason="hook_failed")
    shown = words.fitting(words.row_words("automatic_server_update", ON, bad, NOW, ZURICH), width, rows)
    assert len(text.content(shown).wrap(width)) <= rows, shown
