"""The project of one's profile comes to a client's machine: by itself, in pieces, over lines that break."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update
from textual.widgets import Static

from tests.cloud.parties import SERIAL, Party, up_to_date
from tests.cloud.test_lies import certificate_of, signed_in
from tests.net.proxy import Proxy, proxy
from tests.screens.desk import PROFILE
from tests.waiting import until
from vestibule.access import cloud_packages, packages
from vestibule.app import VestibuleApp
from vestibule.config import Folders, folders
from vestibule.models import SignIn
from vestibule.remote import kept_project, project_pace
from vestibule.remote.cloud_answers import ForgedAnswerError, OldAnswerError
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.connection import Connection
from vestibule.remote.kept_project import Shelf
from vestibule.remote.own_project import fetch, look, newest
from vestibule.remote.project_view import ProjectView
from vestibule.remote.sites import Sites
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.home import Home
from vestibule.screens.project import ProjectShown
from vestibule.screens.question import Question
from vestibule.screens.user_menu import UserMenu
from vestibule.store.cloud_schema import cloud_site
from vestibule.widgets.field import Field

HALF = 400_000


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    return folders({"VESTIBULE_HOME": str(tmp_path / "me")})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a while."""
    monkeypatch.setattr(kept_project, "_LOOK_AGAIN", 0.01)
    monkeypatch.setattr(project_pace, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(project_pace, "_ASIDE", (0.0, 0.0))
    monkeypatch.setattr(project_pace, "_AFTER_NEWS", (0.05,) * 100)


def uploaded(site: Party, name: str = "guest.zip") -> bytes:
    """A new version is at the cloud, with this package for guests."""
    data = os.urandom(2 * HALF)
    site.upload(profiles={"Guest": site.package(data, name)})
    up_to_date(site)
    return data


@asynccontextmanager
async def a_bad_line(cloud: Party, here: Folders) -> AsyncIterator[Proxy]:
    """What this machine knows to be the cloud is behind a proxy."""
    async with proxy(int(cloud.url.rpartition(":")[2])) as between:
        book, behind = CloudBook(here), f"https://127.0.0.1:{between.port}"
        book.change(SERIAL, cloud.url, lambda known: setattr(known, "cloud", behind))
        yield between
        book.change(SERIAL, behind, lambda known: setattr(known, "cloud", cloud.url))


def cut_once(between: Proxy, after: int = HALF) -> None:
    """The next connection that brings so much is cut, and nobody can come any more."""
    came = 0

    def allow(data: bytes) -> bool:
        nonlocal came
        came += len(data)
        if came > after:
            between.on_answer = lambda _data: True
            between.to = 9
            return False
        return True

    between.on_answer = allow


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process grows beyond that, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files(here: Folders) -> list[Path]:
    return [path for path in (here.state / "projects").rglob("*") if path.is_file()]


# --- fetching and keeping ---------------------------------------------------------------------


async def test_what_was_cut_goes_on_and_only_what_is_whole_replaces_the_old(
    site: Party, cloud: Party, here: Folders
) -> None:
    first = uploaded(site)
    known = await signed_in(site, here)
    shelf = Shelf(here, known.site, known.client)
    brought: list[int] = []
    # Two windows at the same time: one fetches, the other waits for it.
    together = [newest(here, known, lambda done, _whole: brought.append(done)) for _window in range(2)]
    kept, same = await asyncio.gather(*together)
    assert kept == same
    assert brought.count(len(first)) <= 2
    assert shelf.whole(kept.package).read_bytes() == first
    second = uploaded(site, "../../.profile")
    # A disk that is full, a line that is cut, other bytes than the site has signed: the old one stays.
    told = await look(here, known)
    with largest_file(HALF), pytest.raises(OSError, match="File too large"):
        await fetch(here, known, told)
    assert shelf.kept() == kept
    seen: list[int] = []
    async with a_bad_line(cloud, here) as between:
        cut_once(between, HALF)
        proxied = CloudBook(here).of(known.site, known.client)
        assert proxied is not None
        with pytest.raises(Exception, match="cut"):
            await fetch(here, proxied, told)
    folder = cloud_packages.folder_of(cloud.server.packages, SERIAL)
    at_cloud = packages.whole(folder, told.package.sha256)
    arrived = shelf.arriving(told.package).read_bytes()
    assert 0 < len(arrived) < len(second)
    assert second.startswith(arrived)
    at_cloud.write_bytes(second[:-1] + bytes([second[-1] ^ 1]))
    with pytest.raises(ForgedAnswerError):
        await fetch(here, known, told, lambda done, _whole: seen.append(done))
    assert seen[0] == len(arrived)
    assert shelf.kept() == kept
    assert shelf.whole(kept.package).read_bytes() == first
    at_cloud.write_bytes(second)
    newer = await newest(here, known)
    assert newer.number > kept.number
    # Private, named by us, and nothing of the old one.
    assert {path.stat().st_mode & 0o777 for path in files(here)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (here.state / "projects").rglob("*/")} == {0o700}
    assert [path.read_bytes() == second for path in files(here) if path.suffix == ".package"] == [True]
    assert kept_project.file_name(newer.package.name) == "profile"
    # A version that another window has seen meanwhile is not undone.
    assert shelf.keep(kept) == newer
    CloudBook(here).change(SERIAL, cloud.url, lambda book: setattr(book, "number", 0))
    with cloud.server.store.write() as tx:
        mine = cloud_site.c.serial == SERIAL
        tx.connection.execute(update(cloud_site).where(mine).values(newest=kept.number))
    with pytest.raises(OldAnswerError):
        await newest(here, msgspec.structs.replace(known, number=0))
    # What is here is not fetched twice, also when only the number is another.
    at_cloud.unlink()
    site.upload(location="Bern")
    up_to_date(site)
    assert (await newest(here, known)).number == newer.number + 1
    Sites(here).add(site.url)
    Sites(here).remove(site.url)
    assert files(here) == []
    assert CloudBook(here).get(SERIAL) is None


async def test_the_command_goes_on_where_the_screens_were_stopped(
    site: Party, cloud: Party, here: Folders, tmp_path: Path
) -> None:
    data = uploaded(site)
    known = await signed_in(site, here)
    told = await look(here, known)

    def stop(done: int, _whole: int) -> None:
        if done > HALF:
            job.cancel()

    job = asyncio.create_task(fetch(here, known, told, stop))
    with pytest.raises(asyncio.CancelledError):
        await job
    shelf = Shelf(here, known.site, known.client)
    assert HALF < shelf.arriving(told.package).stat().st_size < len(data)

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "vestibule", "cloud", "download", SERIAL, *arguments]
        environ = {**os.environ, "VESTIBULE_HOME": str(here.state.parent), "LANG": "C.UTF-8"}
        done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    (tmp_path / "guest.zip").write_bytes(b"mine")
    code, refused = await asyncio.to_thread(run)
    assert (code, "already" in refused) == (5, True)
    assert (tmp_path / "guest.zip").read_bytes() == b"mine"
    folder = cloud_packages.folder_of(cloud.server.packages, SERIAL)
    packages.whole(folder, told.package.sha256).unlink()
    assert await asyncio.to_thread(run, "--force") == (
        0,
        f"Version {told.number} for Guest: {tmp_path}/guest.zip\n",
    )
    assert (tmp_path / "guest.zip").read_bytes() == data


# --- on the screens ---------------------------------------------------------------------------


class Desk:
    """A guest at a machine of their own, signed in at the site."""

    def __init__(self, site: Party, here: Folders, code: str, *, slow: bool = False) -> None:
        Sites(here).pin(site.url, certificate_of(site))
        welcome = SignIn(mode="otp", code=code, name="Anna", device="pc")
        self.connection = Connection(here, site.url, welcome=welcome)
        self.app = VestibuleApp(self.connection, PROFILE)
        self.connection.is_slow = slow

    @property
    def view(self) -> ProjectView:
        return self.connection.project.view

    @property
    def words(self) -> str:
        screen = self.app.screen
        return " ".join(str(screen.query("#what, #project").only_one(Static).render()).split())

    async def on(self, kind: type) -> None:
        await until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted)


async def another_code(site: Party, known: Known) -> str:
    answer = site.ask("POST", f"/v1/clients/{known.client}/code", {})
    return str(answer.json()["code"])


async def test_it_comes_by_itself_over_a_line_that_breaks_and_is_saved(
    site: Party, cloud: Party, here: Folders, tmp_path: Path
) -> None:
    data = uploaded(site)
    known = await signed_in(site, here)
    desk = Desk(site, here, await another_code(site, known))
    arrived: list[int] = []
    desk.connection.project.subscribe(lambda: arrived.append(desk.view.arrived))
    async with a_bad_line(cloud, here) as between, desk.app.run_test() as pilot:
        port = between.to
        cut_once(between)
        await desk.on(Home)
        await until(lambda: "It is tried again by itself." in desk.words)
        assert "not on this machine yet" in desk.words
        before = desk.view.arrived
        assert before > 0
        between.to = port
        await until(lambda: "guest.zip, 781.2 KiB – on this machine" in desk.words)
        assert min(arrived[arrived.index(before) :]) >= before
        # A copy of it, where somebody says; a file that is there is asked for.
        await pilot.press("s")
        await desk.on(Question)
        desk.app.screen.query_one(Field).value = str(tmp_path)
        await pilot.press("enter")
        copy = tmp_path / "guest.zip"
        await until(copy.exists)
        await until(lambda: isinstance(desk.app.screen, Home))
        assert copy.read_bytes() == data
        copy.write_bytes(b"mine")
        await pilot.press("s")
        await desk.on(Question)
        desk.app.screen.query_one(Field).value = str(copy)
        await pilot.press("enter")
        await desk.on(Confirmation)
        assert copy.read_bytes() == b"mine"
        await pilot.press("tab", "enter")
        await until(lambda: copy.read_bytes() == data)
        # The site has a new version: it is told, looked for, and taken in its place.
        number = desk.view.kept.number if desk.view.kept else 0
        await asyncio.to_thread(uploaded, site, "newer.zip")
        await until(lambda: "newer.zip, 781.2 KiB – on this machine" in desk.words)
        assert f"version {number + 1} " in desk.words
    await desk.app.close_connections()


async def test_on_a_slow_line_it_waits_to_be_asked_for_and_can_be_stopped(
    site: Party, cloud: Party, here: Folders
) -> None:
    data = uploaded(site)
    known = await signed_in(site, here)
    desk = Desk(site, here, await another_code(site, known), slow=True)
    async with a_bad_line(cloud, here) as between, desk.app.run_test() as pilot:
        port = between.to
        await desk.on(Home)
        await until(lambda: "guest.zip, 781.2 KiB – not on this machine yet" in desk.words)
        # Other bytes than the site has signed are told, and nothing is taken.
        folder = cloud_packages.folder_of(cloud.server.packages, SERIAL)
        at_cloud = packages.whole(folder, hashlib.sha256(data).hexdigest())
        at_cloud.write_bytes(data[::-1])
        await pilot.press("g")
        await until(lambda: "was not signed by the site. Nothing was taken." in desk.words)
        assert (desk.view.kept, desk.view.arrived) == (None, 0)
        at_cloud.write_bytes(data)
        cut_once(between)
        await pilot.press("f4")
        await desk.on(UserMenu)
        await until(lambda: bool(desk.app.screen.query("#project")))
        await pilot.click("#project")
        await desk.on(ProjectShown)
        await pilot.press("g")
        await until(lambda: desk.view.again and desk.view.arrived > 0)
        assert desk.app.screen.query_one("#get").has_focus
        await pilot.press("x")
        between.to = port
        await until(lambda: not desk.view.again)
        assert (desk.view.kept, desk.view.fetching) == (None, False)
        assert "not on this machine yet" in desk.words
        await pilot.press("g")
        await until(lambda: "on this machine" in desk.words and desk.view.is_newest_here)
        assert desk.app.screen.query_one("#save").has_focus
        await pilot.press("escape")
        await desk.on(Home)
        shelf = Shelf(here, known.site, known.client)
        assert desk.view.kept is not None
        assert shelf.whole(desk.view.kept.package).read_bytes() == data
        # Another profile: it has nothing of its own, and what was the old one's is gone.
        site.ask("PATCH", f"/v1/clients/{known.client}", {"profile": "Cleaning"})
        await until(lambda: "There is no package for your profile." in desk.words)
        assert shelf.kept() is None
    await desk.app.close_connections()


async def test_who_signs_out_for_good_leaves_nothing(site: Party, here: Folders) -> None:
    uploaded(site)
    known = await signed_in(site, here)
    await newest(here, known)
    await Connection(here, site.url).forget_device()
    assert files(here) == []
    forgotten = CloudBook(here).get(SERIAL)
    assert forgotten is not None
    assert forgotten.ticket is None
