"""Every screen and dialog there is, as it is opened for what must hold on all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

import vestibule.screens
from tests.screens.desk import PROFILE
from tests.screens.dialog_desk import ZONE, Desk
from tests.screens.security_desk import set_gateway_up
from tests.sites import PASSWORD, new_site
from tests.waiting import until
from vestibule import signatures
from vestibule.cloud_models import CloudSiteAdded, CloudSiteNew, PackageDocument, SignerNew
from vestibule.config import Folders
from vestibule.fingerprint import fingerprint
from vestibule.models import (
    AuditFilter,
    Client,
    ClientNew,
    Code,
    FactorKind,
    LicenceNew,
    PackageInfo,
    Problem,
    SystemChange,
)
from vestibule.remote.api import Api
from vestibule.remote.connection import Connection
from vestibule.remote.errors import CertificateChanged, CertificateUnknown, Unreachable
from vestibule.remote.project_view import ProjectView
from vestibule.remote.sites import Sites as Book
from vestibule.remote.uploading import what_others_did
from vestibule.render.differences import differences
from vestibule.screens.activity import Activity
from vestibule.screens.activity_acts import ActivityActs
from vestibule.screens.activity_check import ActivityCheck
from vestibule.screens.activity_detail import ActivityDetail
from vestibule.screens.activity_export import ActivityExport
from vestibule.screens.adding import SiteAdding
from vestibule.screens.app_setup import AppSetup
from vestibule.screens.base import BaseScreen
from vestibule.screens.certificate import ChangedCertificate, Comparing, UnknownCertificate, UnknownKey
from vestibule.screens.client_acts import ClientActs
from vestibule.screens.client_editor import ClientEditor
from vestibule.screens.clients import Clients
from vestibule.screens.cloud import Cloud
from vestibule.screens.cloud_editor import CloudEditor, CloudSiteEditor, UploaderEditor
from vestibule.screens.cloud_link import CloudLink
from vestibule.screens.cloud_password import CloudPassword
from vestibule.screens.cloud_site_acts import CloudSiteActs
from vestibule.screens.cloud_sites import CloudSites
from vestibule.screens.cloud_standing import CloudStanding
from vestibule.screens.code_only import CodeOnly
from vestibule.screens.comparison import Comparison
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.conflict import Conflict
from vestibule.screens.devices import Devices
from vestibule.screens.dialog import Dialog
from vestibule.screens.enrolment import Enrolment
from vestibule.screens.entering import Entering
from vestibule.screens.factor_choice import FactorChoice
from vestibule.screens.factor_removal import FactorRemoval
from vestibule.screens.form import Form
from vestibule.screens.help import Help, Topic
from vestibule.screens.home import Home
from vestibule.screens.keys import KeyTable, Listed
from vestibule.screens.licence_acts import LicenceActs
from vestibule.screens.licence_editor import LicenceEditor
from vestibule.screens.licences import Licences
from vestibule.screens.login import Login
from vestibule.screens.my_security import MySecurity
from vestibule.screens.new_password import NewPassword
from vestibule.screens.notices import NoticesShown
from vestibule.screens.own_acts import OwnActs
from vestibule.screens.package_editor import PackageEditor
from vestibule.screens.project import ProjectShown
from vestibule.screens.property_editor import (
    ChoiceEditor,
    Editor,
    FieldEditor,
    SecretEditor,
    TextEditor,
)
from vestibule.screens.qr_alone import QrAlone
from vestibule.screens.question import Question
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.recovery_shown import RecoveryShown
from vestibule.screens.second_window import SecondWindow
from vestibule.screens.secret_shown import SecretShown
from vestibule.screens.section import Section
from vestibule.screens.setup import Setup
from vestibule.screens.sites import Sites
from vestibule.screens.sms_setup import SmsSetup
from vestibule.screens.sms_test import SmsTest
from vestibule.screens.system import System
from vestibule.screens.system_acts import SystemActs
from vestibule.screens.theme_choice import ThemeChoice
from vestibule.screens.trying import Trying
from vestibule.screens.two_factor import TwoFactor
from vestibule.screens.two_factor_acts import TwoFactorActs
from vestibule.screens.upload import Upload
from vestibule.screens.user_menu import UserMenu
from vestibule.screens.version_acts import VersionActs
from vestibule.screens.versions import Versions
from vestibule.two_factor_models import (
    Challenge,
    Factor,
    Method,
    Notice,
    NoticeKind,
    PolicyChange,
)
from vestibule.two_factor_models import TwoFactor as State

MARK = "ABCDEFGHIJKLMNOPQRSTUVWX"
RECOVERY = "7KQM-4XPT-9D2H-M3NB-0Z1W-CA8E"
BASES = (
    *(BaseScreen, Form, Entering, OwnActs, Section, ClientActs, LicenceActs, SystemActs, TwoFactorActs),
    *(Dialog, Comparing, Trying, Editor, FieldEditor, VersionActs),
    *(ActivityActs, QrAlone, CloudStanding, CloudEditor, CloudSiteActs),
)
"""What is only ever opened as something more special."""


class Place(NamedTuple):
    """A site with something of everything, and where somebody stands in it."""

    desk: Desk
    console: Api
    client: Client


Made = Callable[[Place], Awaitable[Screen[Any]]]


def _now() -> datetime:
    return datetime.now(UTC)


def _soon() -> datetime:
    return _now() + timedelta(hours=1)


def _kept(_value: Any) -> str:
    return ""


async def _unanswered(_fields: Any) -> Any:
    return Problem(type="", title="Not now.", status=0, code="unreachable")


def _section(kind: Callable[[Connection, Any], Screen[Any]]) -> Made:
    async def made(place: Place) -> Screen[Any]:
        return kind(place.desk.connection, PROFILE)

    return made


def _dialog(kind: Callable[..., Screen[Any]], *given: Any, **named: Any) -> Made:
    async def made(_place: Place) -> Screen[Any]:
        return kind(*given, **named)

    return made


def _asking(kind: Callable[..., Screen[Any]], *given: Any, **named: Any) -> Made:
    async def made(place: Place) -> Screen[Any]:
        return kind(place.desk.connection, *given, **named)

    return made


async def _sites(place: Place) -> Screen[Any]:
    book = Book(place.desk.connection.folders)
    book.add("http://127.0.0.1:9")
    book.pin("http://127.0.0.1:9", b"certificate")
    return Sites(place.desk.connection, PROFILE)


async def _adding(place: Place) -> Screen[Any]:
    return SiteAdding(place.desk.connection.folders)


async def _upload(place: Place) -> Screen[Any]:
    return Upload(place.desk.connection, place.desk.staging, ZONE)


async def _conflict(place: Place) -> Screen[Any]:
    current = await place.console.system()
    for key in ("location", "server_type"):
        place.desk.staging.stage(key, "Basel", current)
    theirs = SystemChange(settings={"location": "Chur", "server_type": "G2"})
    await place.console.change_system(theirs, current.version)
    draft = place.desk.staging.draft
    assert draft is not None
    return Conflict(place.desk.staging, await what_others_did(place.console, draft), ZONE)


async def _activity_detail(place: Place) -> Screen[Any]:
    return ActivityDetail((await place.console.audit()).rows[0], ZONE)


async def _editor(place: Place) -> Screen[Any]:
    return ClientEditor(place.client, ZONE, False, _unanswered, _now)


async def _project(place: Place) -> Screen[Any]:
    place.desk.connection.project.show(PROJECT)
    return ProjectShown(place.desk.connection, ZONE)


async def _code_only(place: Place) -> Screen[Any]:
    code = Code(code="7KQM-4XPT-9D2H", link="https://gateway:7550/j/7KQM4XPT9D2H", expires_at=_soon())
    return CodeOnly(place.client.id, code, True, place.desk.connection.live)


STATE = State(
    factors=[Factor(kind=FactorKind.APP, since=_now(), phone=None)],
    required=False,
    recovery_code_since=_now(),
    sms_offered=True,
    country="CH",
)
CHALLENGE = Challenge(
    challenge="c", methods=[Method.APP, Method.RECOVERY], phone=None, expires_at=_now() + timedelta(hours=1)
)
NOTICE = Notice(id=1, at=_now(), what=NoticeKind.FACTORS_RESET, factor=None, source="")
BOTH = list(FactorKind)
PROJECT = ProjectView(
    told=PackageDocument(
        serial="TK-1",
        number=13,
        profile="Guest",
        at=datetime(2026, 11, 22, 13, 3, tzinfo=UTC),
        package=PackageInfo(sha256="0" * 64, size=3_355_443, name="haus.zip"),
    ),
    trouble=Unreachable("HTTP 503"),
)
DIFFERENCES = differences({"location": ""}, {"location": "Bern"})
SHOWN = "its certificate has not been accepted yet", "https://192.168.100.200:7550", b"new"
EVERY: dict[str, tuple[type, Made]] = {
    "login": (Login, _section(Login)),
    "setup": (Setup, _section(Setup)),
    "sites": (Sites, _sites),
    "certificate_unknown": (UnknownCertificate, _dialog(UnknownCertificate, CertificateUnknown(*SHOWN))),
    "certificate_changed": (
        ChangedCertificate,
        _dialog(ChangedCertificate, CertificateChanged(*SHOWN, known=fingerprint(b"old"))),
    ),
    "key_unknown": (UnknownKey, _dialog(UnknownKey, "TK-000815", "IR77VBB6JIUUFBNVU7UTNGPO")),
    "site_adding": (SiteAdding, _adding),
    "clients": (Clients, _section(Clients)),
    "system": (System, _section(System)),
    "licences": (Licences, _section(Licences)),
    "two_factor": (TwoFactor, _section(TwoFactor)),
    "activity": (Activity, _section(Activity)),
    "activity_detail": (ActivityDetail, _activity_detail),
    "activity_check": (ActivityCheck, _asking(ActivityCheck, ZONE)),
    "activity_export": (
        ActivityExport,
        _asking(ActivityExport, ZONE, AuditFilter(), "The whole record.", Path("/nowhere/audit.jsonl")),
    ),
    "my_security": (MySecurity, _section(MySecurity)),
    "home": (Home, _section(Home)),
    "enrolment": (Enrolment, _section(Enrolment)),
    "client_editor": (ClientEditor, _editor),
    "new_client": (ClientEditor, _dialog(ClientEditor, None, ZONE, False, _unanswered, _now)),
    "text_editor": (TextEditor, _dialog(TextEditor, "location", "Bern", _kept)),
    "secret_editor": (SecretEditor, _dialog(SecretEditor, "vnc_password", _kept)),
    "choice_editor": (ChoiceEditor, _dialog(ChoiceEditor, "cloud_connection_policy", "local_only", _kept)),
    "package_editor": (PackageEditor, _dialog(PackageEditor, "", _kept)),
    "licence_editor": (LicenceEditor, _dialog(LicenceEditor, _unanswered)),
    "upload": (Upload, _upload),
    "versions": (Versions, _asking(Versions, ZONE)),
    "comparison": (
        Comparison,
        _dialog(Comparison, "1 and 2", DIFFERENCES),
    ),
    "conflict": (Conflict, _conflict),
    "confirmation": (Confirmation, _dialog(Confirmation, "Remove?", "Anna Rossi is removed.", "Remove")),
    "question": (
        Question,
        _dialog(Question, "How many?", "So many versions are kept.", "Versions", "Keep", "20"),
    ),
    "reauthentication": (Reauthentication, _asking(Reauthentication)),
    "new_password": (NewPassword, _asking(NewPassword, ZONE)),
    "secret_shown": (SecretShown, _dialog(SecretShown, "VNC password", "geheim1")),
    "code_only": (CodeOnly, _code_only),
    "cloud": (Cloud, _asking(Cloud, ZONE, True)),
    "cloud_link": (CloudLink, _dialog(CloudLink, f"https://cloud.example/s/TK-000815?k={MARK}", True)),
    "uploader_editor": (UploaderEditor, _asking(UploaderEditor, ZONE)),
    "cloud_sites": (CloudSites, _asking(CloudSites, ZONE)),
    "cloud_site_editor": (CloudSiteEditor, _asking(CloudSiteEditor, ZONE)),
    "cloud_password": (
        CloudPassword,
        _dialog(CloudPassword, CloudSiteAdded(serial="TK-000815", password=RECOVERY[:24])),
    ),
    "recovery_shown": (RecoveryShown, _dialog(RecoveryShown, RECOVERY, PROFILE)),
    "devices": (Devices, _asking(Devices, ZONE)),
    "notices": (NoticesShown, _asking(NoticesShown, [NOTICE], ZONE)),
    "user_menu": (UserMenu, _dialog(UserMenu, True, True, runs_cloud=True)),
    "project": (ProjectShown, _project),
    "theme_choice": (ThemeChoice, _dialog(ThemeChoice, ("dark", "light"), "dark")),
    "factor_choice": (FactorChoice, _dialog(FactorChoice, "Which?", BOTH, notes=True)),
    "app_setup": (AppSetup, _asking(AppSetup, ZONE, True)),
    "sms_setup": (SmsSetup, _asking(SmsSetup, ZONE, "CH")),
    "sms_test": (SmsTest, _asking(SmsTest, ZONE)),
    "factor_removal": (FactorRemoval, _asking(FactorRemoval, ZONE, FactorKind.APP, STATE, True)),
    "second_window": (SecondWindow, _asking(SecondWindow, CHALLENGE, ZONE, False)),
    "keys": (KeyTable, _dialog(KeyTable, [Listed("Esc", "back")])),
    "help": (Help, _dialog(Help, Topic("Name", ["What it is."]), [Listed("Esc", "back")])),
}


def kinds() -> set[type]:
    """Every screen that Vestibule's screens define."""
    folder = Path(vestibule.screens.__file__).parent
    modules = [import_module(f"vestibule.screens.{file.stem}") for file in folder.glob("[!_]*.py")]
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    ours = {each for each in found if each.__module__.startswith("vestibule.screens.")}
    return {each for each in ours if issubclass(each, BaseScreen | Dialog)} - set(BASES)


async def furnished(here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A site with a guest, a licence, an edit, a gateway and a message; it is the cloud of another."""
    client = await console.add_client(ClientNew(name="Anna Rossi", profile="Room 12"))
    await console.add_licence(LicenceNew(code="KNX-1", component="KNX", seats=5))
    await console.change_policy(PolicyChange(sms_enabled=True))
    await console.send_test_sms("+41 79 123 45 67")
    await console.add_signer(SignerNew(name="Rita Keller", key=signatures.public_key(signatures.new_key())))
    await console.add_cloud_site(CloudSiteNew(serial="TK-000816"))
    desk = Desk(here, monkeypatch)
    desk.staging.stage("location", "Bern", await console.system())
    return Place(desk, console, client)


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    """A site whose gateway writes into a file."""
    made = new_site(tmp_path / "home")
    set_gateway_up(made)
    return made


@asynccontextmanager
async def opened(
    name: str,
    here: Folders,
    console: Api,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[tuple[Pilot[None], Screen[Any]]]:
    """The app with the screen ``name`` on top, and all it asks for there."""
    place = await furnished(here, console, monkeypatch)
    async with place.desk.running(size) as pilot:
        yield pilot, await _open(place, name)


async def every(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[str, Pilot[None], Screen[Any]]]:
    """One screen after the other in the same app; whatever lies over it is closed with it."""
    place = await furnished(here, console, monkeypatch)
    async with place.desk.running(size) as pilot:
        floor = place.desk.app.screen
        for name in EVERY:
            await pilot.resize_terminal(*size)
            yield name, pilot, await _open(place, name)
            while place.desk.app.screen is not floor:
                place.desk.app.pop_screen()
                await pilot.pause()


async def _open(place: Place, name: str) -> Screen[Any]:
    _kind, made = EVERY[name]
    screen = await made(place)
    # As on the way there: a password typed a moment ago.
    await place.desk.connection.api.reauthenticate(PASSWORD)
    place.desk.app.push_screen(screen)
    await until(lambda: place.desk.app.screen is screen and screen.is_mounted)
    await until(partial(_is_settled, screen))
    return screen


def _is_settled(screen: Screen[Any]) -> bool:
    """Whether its workers have brought what they were sent for."""
    return not [worker for worker in screen.workers if worker.node is screen and worker.is_running]
