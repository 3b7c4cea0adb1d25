"""Versions and packages through the typed client: in process, and against a real server."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.sites import PASSWORD, new_site
from vestibule.access import packages
from vestibule.models import ClientNew, PackageNew, Session, SignIn, SystemChange
from vestibule.remote.api import Api
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.server.app import Server, background, create_app
from vestibule.server.events import Bell
from vestibule.store.engine import open_store

MEGABYTE = 1024**2
DATA = os.urandom(3 * MEGABYTE + 17)
SHA256 = hashlib.sha256(DATA).hexdigest()
SERVE = """
import sys
from pathlib import Path
import uvicorn
from vestibule.server.app import Server, create_app
from vestibule.server.events import Bell
from vestibule.store.engine import open_store
state = Path(sys.argv[1])
store = open_store(state)
app = create_app(Server(store, None, Bell(store.changes())))
import socket
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listening])
"""
MOVE = """
import asyncio, sys
from pathlib import Path
from vestibule.models import SystemChange, SignIn
from vestibule.remote.api import Api

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])

async def main(address, password, source, target):
    api = Api(None, address)
    await api.sign_in(SignIn(mode="password", username="service", password=password))
    before = peak()
    here = await api.upload_package(Path(source))
    made = await api.change_system(SystemChange(package=here.sha256), 1)
    with open(target, "wb") as to:
        await api.download_package(made.version, to)
    print(peak() - before)
    await api.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return new_site(tmp_path / "home").state


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "haus.tknx").write_bytes(DATA)
    return tmp_path / "haus.tknx"


@pytest.fixture
async def api(state: Path) -> AsyncIterator[Api]:
    """The service account at a server in this process."""
    async with in_process(state) as api:
        await api.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
        yield api


@asynccontextmanager
async def in_process(state: Path, config: Path | None = None) -> AsyncIterator[Api]:
    store = open_store(state)
    server = Server(store, None, Bell(store.changes()), config)
    api = Api(httpx.ASGITransport(create_app(server)), "http://site")
    api.use_token(server.console_token)
    async with background(server):
        yield api
    await api.close()
    server.store.close()


@contextmanager
def served(state: Path) -> Iterator[tuple[str, int]]:
    """A server of its own; its address and process."""
    command = [sys.executable, "-c", SERVE, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}", process.pid
        process.terminate()


def peak(pid: int) -> int:
    """The most memory a process ever had, in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


async def refused(call: object) -> str:
    with pytest.raises(ApiProblem) as problem:
        await call  # type: ignore[misc]
    return problem.value.problem.code


async def test_a_version_has_its_package_and_is_taken_up_again(api: Api, file: Path) -> None:
    seen: list[tuple[int, int]] = []
    here = await api.upload_package(file, lambda done, whole: seen.append((done, whole)))
    assert here.received == here.size == len(DATA)
    assert (seen[0], seen[-1]) == ((0, len(DATA)), (len(DATA), len(DATA)))
    await api.change_system(SystemChange({"location": "Bern"}, "first", SHA256), 1)
    await api.change_system(SystemChange({"location": "Biel"}, "second", None), 2)
    made = await api.restore(2, 3, "back")
    assert (made.version, made.settings["location"]) == (4, "Bern")
    assert made.package is not None
    assert (made.package.name, made.package.size) == ("haus.tknx", len(DATA))
    page = await api.versions(limit=3)
    assert [(v.version, v.by, v.note) for v in page.versions] == [
        (4, "Service", "back"),
        (3, "Service", "second"),
        (2, "Service", "first"),
    ]
    assert (await api.versions(cursor=page.next)).versions[0].by == "setup"
    assert (await api.version(4)).changed == ["location"]
    to = io.BytesIO()
    assert (await api.download_package(4, to)).sha256 == SHA256
    assert to.getvalue() == DATA
    assert await refused(api.download_package(3, to)) == "package_unknown"
    assert await refused(api.version(9)) == "version_unknown"
    assert await refused(api.restore(4, 4)) == "nothing_changed"
    assert await refused(api.restore(1, 3)) == "version_stale"


async def test_a_package_must_be_whole_to_be_a_versions(api: Api) -> None:
    change = SystemChange({}, "", SHA256)
    assert await refused(api.change_system(change, 1)) == "package_unknown"
    await api.package_begin(PackageNew(sha256=SHA256, size=len(DATA), name="x"))
    assert await refused(api.change_system(change, 1)) == "package_incomplete"
    assert (await api.system()).version == 1


async def test_a_cancelled_upload_goes_on_later(api: Api, file: Path, state: Path) -> None:
    reached = asyncio.Event()

    def progress(done: int, _whole: int) -> None:
        if done > 2 * MEGABYTE:
            reached.set()

    uploading = asyncio.create_task(api.upload_package(file, progress))
    await reached.wait()
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    await asyncio.sleep(0.05)
    seen: list[int] = []
    await api.upload_package(file, lambda done, _: seen.append(done))
    assert seen[0] > 0
    assert packages.whole(state / "packages", SHA256).read_bytes() == DATA


async def test_a_damaged_package_is_refused(api: Api, state: Path) -> None:
    await api.package_begin(PackageNew(sha256=SHA256, size=len(DATA), name="x"))

    async def pieces() -> AsyncIterator[bytes]:
        yield DATA[:-1] + b"?"

    assert await refused(api.package_append(SHA256, 0, pieces())) == "package_damaged"
    assert list((state / "packages").iterdir()) == []
    await api.package_begin(PackageNew(sha256=SHA256, size=len(DATA), name="x"))
    await api.package_forget(SHA256)
    assert await refused(api.package_forget(SHA256)) == "package_unknown"
    assert await refused(api.package_append("../site.db", 0, pieces())) == "not_found"


async def test_two_who_upload_the_same_do_not_harm_each_other(api: Api, file: Path, state: Path) -> None:
    results = await asyncio.gather(*(api.upload_package(file) for _ in range(4)), return_exceptions=True)
    codes = {result.problem.code for result in results if isinstance(result, ApiProblem)}
    assert codes <= {"package_offset"}
    await api.upload_package(file)
    assert packages.whole(state / "packages", SHA256).read_bytes() == DATA


async def test_retention_prunes_the_oldest_and_never_the_current(api: Api, file: Path, state: Path) -> None:
    await api.upload_package(file)
    await api.change_system(SystemChange({}, "", SHA256), 1)
    for number in range(2, 6):
        await api.change_system(SystemChange({"location": str(number)}, "", None), number)
    assert packages.whole(state / "packages", SHA256).exists()
    assert (await api.retention()).versions_kept == 50
    await api.keep_versions(2)
    assert [one.version for one in (await api.versions()).versions] == [6, 5]
    assert list((state / "packages").iterdir()) == []
    await api.keep_versions(1)
    await api.change_system(SystemChange({"location": "7"}), 6)
    assert [one.version for one in (await api.versions()).versions] == [7]
    assert (await api.system()).settings["location"] == "7"
    assert await refused(api.keep_versions(0)) == "invalid"


async def test_links_follow_the_settings_in_force(api: Api) -> None:
    await api.change_system(SystemChange({"external_ip": "haus.example.org", "client_port": 8443}), 1)
    added = await api.add_client(ClientNew())
    assert added.code is not None
    assert added.code.link.startswith("https://haus.example.org:8443/j/")


async def test_an_upload_runs_the_hooks_after_the_answer(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hooks"
    folder.mkdir(mode=0o700)
    goes_on = tmp_path / "goes on"
    (folder / "apply").write_text(f"#!/bin/sh\nuntil [ -e '{goes_on}' ]; do sleep 0.02; done; cat\n")
    (folder / "apply").chmod(0o700)
    async with in_process(state, folder.parent) as api:
        last = (await api.events(0, 0)).last
        await api.change_system(SystemChange({"location": "Bern", "vnc_password": "hunter22"}), 1)
        (waiting,) = (await api.version(2)).hooks
        assert (waiting.running, waiting.exit) == (True, None)
        goes_on.touch()
        heard = [event.action for event in (await api.events(last, 5)).events]
        if "hook.ran" not in heard:
            heard += [event.action for event in (await api.events(last + 1, 5)).events]
        assert "hook.ran" in heard
        (said,) = (await api.version(2)).hooks
        assert (said.hook, said.exit, said.running) == ("apply", 0, False)
        assert '"vnc_password":"••••"' in said.output
        assert (await api.versions()).versions[0].hooks == [said]


async def test_a_killed_connection_leaves_what_arrived(state: Path, file: Path) -> None:
    with served(state) as (address, _pid):
        api = Api(None, address)
        await api.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
        new = PackageNew(sha256=SHA256, size=len(DATA), name=file.name)
        await api.package_begin(new)

        async def cut() -> AsyncIterator[bytes]:
            yield DATA[: 2 * MEGABYTE + 5]
            await asyncio.sleep(0.2)
            raise httpx.WriteError("the cable is out")

        with pytest.raises(Unreachable):
            await api.package_append(SHA256, 0, cut())
        deadline = time.monotonic() + 5
        while (arrived := (await api.package_begin(new)).received) < 2 * MEGABYTE + 5:
            assert time.monotonic() < deadline, arrived
            await asyncio.sleep(0.02)
        seen: list[int] = []
        await api.upload_package(file, lambda done, _: seen.append(done))
        assert seen[0] == 2 * MEGABYTE + 5
        assert packages.whole(state / "packages", SHA256).read_bytes() == DATA
        await api.close()


async def test_the_package_is_served_whole_or_in_ranges(state: Path, file: Path) -> None:
    with served(state) as (address, _pid):
        api = Api(None, address)
        session = await api.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
        assert isinstance(session, Session)
        await api.upload_package(file)
        await api.change_system(SystemChange({}, "", SHA256), 1)
        await api.close()
        headers = {"Authorization": f"Bearer {session.token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers) as http:
            path = "/v1/project/versions/2/package"
            answer = await http.get(path)
            assert answer.content == DATA
            assert answer.headers["ETag"] == f'"{SHA256}"'
            assert answer.headers["Content-Length"] == str(len(DATA))
            part = await http.get(path, headers={"Range": "bytes=5-9"})
            assert (part.status_code, part.content) == (206, DATA[5:10])
            beyond = await http.get(path, headers={"Range": f"bytes={len(DATA)}-"})
            assert beyond.status_code == 416


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_hundred_megabytes_move_in_flat_memory(state: Path, tmp_path: Path) -> None:
    block = os.urandom(MEGABYTE)
    with (tmp_path / "large").open("wb") as large:
        for number in range(100):
            large.write(number.to_bytes(8, "big") + block[8:])
    with served(state) as (address, pid):
        httpx.get(address + "/v1/server")
        before, began = peak(pid), time.monotonic()
        command = [
            sys.executable,
            "-c",
            MOVE,
            address,
            PASSWORD,
            str(tmp_path / "large"),
            str(tmp_path / "back"),
        ]
        client_grew = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        took, server_grew = time.monotonic() - began, peak(pid) - before
    assert (tmp_path / "back").stat().st_size == 100 * MEGABYTE
    print(f"100 MB there and back: {took:.1f} s, server +{server_grew} kB, client +{client_grew} kB")
    assert client_grew < 30_000
    # 19 MB of it are the hash of the password that signed in.
    assert server_grew < 30_000
