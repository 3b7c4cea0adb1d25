"""Two servers on one PostgreSQL behind nginx, on loopback, as the README says.

``python -m tests.cluster.two_servers`` starts them, checks them and says what it saw.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.postgres import WHY_NOT, Cluster, running
from tests.sites import PASSWORD, SITE
from vestibule.server import certificates

README = Path(__file__).parents[2] / "README.md"
_PATIENCE = 30.0


@dataclass
class Server:
    """One ``vestibule serve`` with a state folder of its own; only key and packages are the other's too."""

    home: Path
    url: str
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "vestibule", *arguments]

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "VESTIBULE_HOME": str(self.home),
            "VESTIBULE_PUBLIC_URL": "https://site.example",
        }

    def configure(self) -> None:
        """Say in its config.toml what all servers are told."""
        (self.home / "config").mkdir(mode=0o700, parents=True)
        told = f'[database]\nurl = "{self.url}"\n[serve]\ntrusted_proxies = ["127.0.0.1"]\n'
        (self.home / "config" / "config.toml").write_text(told)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = self.run("serve", "--port", str(self.port))
        with (self.home / "log").open("a") as log:
            self.process = subprocess.Popen(command, env=self.environ, text=True, stderr=log)
        until(self.answers)

    def answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/v1/server").status_code == 200
        return False

    def stop(self) -> None:
        """As ``systemctl stop`` does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(_PATIENCE)
            self.process = None


@dataclass
class House:
    """Both servers, and the address at which nginx answers for them."""

    servers: tuple[Server, Server]
    address: str

    def client(self, server: Server | None = None) -> httpx.Client:
        """Speaks to one server, or to nginx."""
        address = server.address if server else self.address
        # What nginx's own certificate is worth is not the question here.
        return httpx.Client(base_url=address, timeout=_PATIENCE, verify=False)


def until(met: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + _PATIENCE
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [line.getsockname()[1] for line in lines]


def nginx_config(servers: tuple[Server, Server], front: int, folder: Path) -> str:
    """The README's, with ports and a certificate of ours, and one header that says who has answered."""
    found = re.search(r"```nginx\n(upstream .*?)```", README.read_text(), re.S)
    assert found is not None, "the README has no nginx configuration for two servers"
    certificates.own(folder, [])
    (certificate,), (key,) = folder.glob("*/certificate.pem"), folder.glob("*/key.pem")
    ours = found[1].replace("listen 443", f"listen 127.0.0.1:{front}")
    for server, example in zip(servers, (7551, 7552), strict=True):
        ours = ours.replace(f"127.0.0.1:{example}", f"127.0.0.1:{server.port}")
    ours = ours.replace("/etc/ssl/site.example.pem", str(certificate))
    ours = ours.replace("/etc/ssl/site.example.key", str(key))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""daemon off; worker_processes 1; {user} pid {folder}/pid; error_log {folder}/error.log;
        events {{}} http {{ access_log off; {places} add_header X-Upstream $upstream_addr always; {ours} }}"""


@contextmanager
def house(cluster: Cluster, folder: Path) -> Iterator[House]:
    """What the README's section on two servers builds."""
    with cluster.empty() as database:
        *ports, front = free_ports(3)
        first, second = (Server(folder / str(port), database.url, port) for port in ports)
        for server in (first, second):
            server.configure()
        (folder / "password").write_text(PASSWORD)
        setup = ("setup", "--site-name", SITE, "--service-password-file", str(folder / "password"))
        subprocess.run(first.run(*setup), env=first.environ, check=True, capture_output=True)
        share(first.home / "state", second.home / "state")
        (folder / "nginx.conf").write_text(nginx_config((first, second), front, folder))
        command = ["nginx", "-p", str(folder), "-e", "error.log", "-c", str(folder / "nginx.conf")]
        nginx = subprocess.Popen(command)
        try:
            for server in (first, second):
                server.start()
            yield House((first, second), f"https://127.0.0.1:{front}")
        finally:
            for server in (first, second):
                server.stop()
            nginx.terminate()
            nginx.wait(_PATIENCE)


def share(first: Path, second: Path) -> None:
    """What several servers must have in common beside the database."""
    second.mkdir(mode=0o700, parents=True)
    shutil.copy(first / "vault.key", second / "vault.key")
    (first / "packages").mkdir(mode=0o700)
    (second / "packages").symlink_to(first / "packages")


# --- what must be true ------------------------------------------------------------------------


def sign_in(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    client.headers["Authorization"] = f"Bearer {found['token']}"
    return found


@contextmanager
def admin_of(house: House, server: Server | None = None) -> Iterator[httpx.Client]:
    with house.client(server) as client:
        sign_in(client, {"mode": "password", "username": "service", "password": PASSWORD})
        yield client


def a_session_of_one_is_known_to_the_other(house: House) -> None:
    with admin_of(house, house.servers[0]) as admin, house.client(house.servers[1]) as other:
        other.headers = admin.headers
        assert other.get("/v1/clients").json()["total"] == 1


def what_one_does_is_heard_through_the_other(house: House) -> None:
    with admin_of(house, house.servers[0]) as admin, admin_of(house, house.servers[1]) as other:
        last = admin.get("/v1/events").json()["last"]
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(admin.get, "/v1/events", params={"after": last, "wait": 20})
            began = time.monotonic()
            added = other.post("/v1/clients", json={"profile": "Room 12"}).json()
            heard = waiting.result().json()["events"]
        assert [(event["action"], event["subject"]) for event in heard][:1] == [("client.added", added["id"])]
        assert time.monotonic() - began < 2


def a_code_lets_one_in_whoever_is_asked(house: House) -> None:
    with admin_of(house) as admin:
        code = admin.post("/v1/clients", json={}).json()["code"]["code"]
    body = {"mode": "otp", "code": code, "name": "Anna", "device": "pc"}

    def one(number: int) -> int:
        with house.client() as client:
            return client.post("/v1/sessions", json=body).status_code

    with ThreadPoolExecutor(16) as threads:
        fates = Counter(threads.map(one, range(16)))
    assert fates[201] == 1
    assert set(fates) <= {201, 401, 429}


def servers_are_replaced_without_a_failed_login(house: House) -> None:
    """Somebody signs in all the time while each is stopped and started again."""
    with admin_of(house) as admin:
        code = admin.post("/v1/clients", json={}).json()["code"]["code"]
    with house.client() as client:
        opened = sign_in(client, {"mode": "otp", "code": code, "name": "Anna", "device": "pc"})
    body = {"mode": "device", "token": opened["device_token"]}
    stopping, fates = threading.Event(), Counter[int]()

    def somebody() -> None:
        with house.client() as client:
            while not stopping.is_set():
                fates[client.post("/v1/sessions", json=body).status_code] += 1

    with ThreadPoolExecutor(2) as threads:
        people = [threads.submit(somebody) for _ in range(2)]
        try:
            for server in house.servers:
                server.stop()
                server.start()
                until(lambda: answered_by(house) == {0, 1})
        finally:
            stopping.set()
        for one in people:
            one.result()
    assert set(fates) == {201}, fates
    assert fates[201] > 20


def answered_by(house: House) -> set[int]:
    """Which of the two nginx sends people to now."""
    with house.client() as client:
        seen = {client.get("/v1/server").headers["X-Upstream"].rpartition(":")[2] for _ in range(4)}
    return {number for number, server in enumerate(house.servers) if str(server.port) in seen}


CHECKS = (
    a_session_of_one_is_known_to_the_other,
    what_one_does_is_heard_through_the_other,
    servers_are_replaced_without_a_failed_login,
    a_code_lets_one_in_whoever_is_asked,
)


def main() -> None:
    """Start everything, check everything."""
    if shutil.which("nginx") is None:
        sys.exit("needs the program nginx")
    with running() as cluster, TemporaryDirectory() as folder:
        if cluster is None:
            sys.exit(WHY_NOT)
        with house(cluster, Path(folder)) as both:
            print(f"nginx at {both.address}, servers at {', '.join(one.address for one in both.servers)}")
            for check in CHECKS:
                check(both)
                print("ok:", check.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
