"""Paths over real networks that come and go, in network namespaces."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.needs import needs_namespaces
from tests.net.certificates import Made, made
from tests.net.house import CLOUD, LAN, WAN, House, house, run, within
from tests.net.servers import serving
from tests.sites import PASSWORD, SITE, new_site
from tests.terminal.desk import environment, fill
from tests.terminal.pty_terminal import Terminal
from tests.warm import VESTIBULE
from vestibule.config import Folders, folders
from vestibule.models import SystemChange
from vestibule.remote.embedded import open_site
from vestibule.remote.sites import Sites

PORT = 7550
SERVICE = "Service"
AGENT = Path(__file__).with_name("agent.py")
LOCAL, EXTERNAL, THROUGH_CLOUD = (f"https://{host}:{PORT}" for host in (LAN, WAN, CLOUD))
ADDRESSES = {"local": LOCAL, "external": EXTERNAL, "cloud": THROUGH_CLOUD}
ALL = "local_remote_and_cloud"


@dataclass
class Client:
    """The client's half of a house."""

    house: House
    home: Path
    gateway: Made
    agent: subprocess.Popen[str]

    def wish(self, wish: str, **given: Any) -> Any:
        assert self.agent.stdin is not None
        assert self.agent.stdout is not None
        self.agent.stdin.write(json.dumps([wish, given]) + "\n")
        self.agent.stdin.flush()
        return json.loads(self.agent.stdout.readline())

    def knows(self, address: str = LOCAL, policy: str = ALL, **addresses: str | None) -> None:
        known = {**ADDRESSES, **addresses}
        certificate = self.gateway.der.hex()
        self.wish("know", address=address, certificate=certificate, addresses=known, policy=policy)


def agent(of: House, home: Path) -> subprocess.Popen[str]:
    command = [*within(of.client), sys.executable, "-m", "tests.net.agent", str(home)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=AGENT.parents[2]
    )


async def fill_in(site: Folders) -> None:
    """What System says of the paths."""
    settings = {"local_ip": LAN, "external_ip": WAN, "cloud": True, "cloud_connection_policy": ALL}
    async with open_site(site, "", as_console=True) as console:
        await console.change_system(SystemChange(settings=settings), (await console.system()).version)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    root = tmp_path_factory.mktemp("house")
    gateway = made(root, "gateway")
    site = new_site(root / "server")
    site.config.mkdir()
    (site.config / "config.toml").write_text(f'[cloud]\nrelay = "{THROUGH_CLOUD}"\n')
    asyncio.run(fill_in(site))
    with house() as both, serving(within(both.server)) as servers, agent(both, root / "client") as client:
        servers.start(site.state, host="0.0.0.0", port=PORT, certificate=gateway.pem, config=site.config)
        yield Client(both, root / "client", gateway, client)
        assert client.stdin is not None
        client.stdin.close()


@pytest.fixture
def client(built: Client) -> Client:
    """With both lines up."""
    for name in ("lan", "wan"):
        built.house.line(name)
    return built


@needs_namespaces
def test_the_policy_decides_and_a_dead_path_costs_less_than_a_second(client: Client) -> None:
    client.knows()
    assert client.wish("connect", address=LOCAL)["path"] == "local"
    client.house.cut("lan")
    found = client.wish("connect", address=LOCAL)
    assert found["path"] == "external"
    assert found["took"] < 1
    client.knows(policy="local_and_cloud")
    found = client.wish("connect", address=LOCAL)
    assert found["path"] == "cloud"
    assert found["took"] < 1
    client.house.line("lan")
    client.knows(policy="cloud_only")
    assert client.wish("connect", address=LOCAL)["path"] == "cloud"


@needs_namespaces
def test_with_no_network_it_says_of_each_path_why(client: Client) -> None:
    client.knows(cloud=None)
    client.house.unplug("lan")
    client.house.unplug("wan")
    found = client.wish("connect", address=LOCAL)
    assert found["error"] == "; ".join(f"{each}: no network leads there" for each in (LOCAL, EXTERNAL))
    assert found["took"] < 1


@needs_namespaces
def test_names_that_nobody_answers_hold_nothing_up(client: Client) -> None:
    client.knows(external="https://haus.example.org:7550")
    assert client.wish("connect", address=LOCAL)["path"] == "local"
    client.house.cut("lan")
    found = client.wish("connect", address=LOCAL)
    assert found["path"] == "cloud"
    assert found["took"] < 1

    leaving = agent(client.house, client.home)
    other = Client(client.house, client.home, client.gateway, leaving)
    other.knows(address="https://nowhere.example.org", external=None, cloud=None)
    with leaving:
        other.wish("begin", address="https://nowhere.example.org")
        assert leaving.stdin is not None
        leaving.stdin.close()
        began = time.monotonic()
        assert leaving.wait() == 0
        assert time.monotonic() - began < 2


@needs_namespaces
def test_who_leaves_the_house_goes_on_with_the_same_session(client: Client) -> None:
    client.knows(external=None, cloud=None)
    assert client.wish("stay", address=LOCAL) == {"who": SERVICE, "path": "local", "seen": []}
    client.wish("learned")
    client.house.unplug("lan")
    began = time.monotonic()
    found = client.wish("ask")
    assert (found["who"], found["path"], "lost" in found["seen"]) == (SERVICE, "external", False)
    assert time.monotonic() - began < 8


@needs_namespaces
def test_a_server_knows_the_address_it_has_now(client: Client) -> None:
    server = client.house.server
    program = "from vestibule.server.own_address import own_address; print(own_address())"
    asked = [*within(server), sys.executable, "-c", program]

    def own() -> str:
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()

    assert own() == ""
    for line, expected in (("lan", LAN), ("wan", WAN)):
        run("ip", "-n", server, "route", "replace", "default", "dev", line)
        assert own() == expected
    run("ip", "-n", server, "route", "delete", "default")


@needs_namespaces
def test_half_a_second_and_five_percent(client: Client) -> None:
    """A sign-in and a list over a line like a satellite's: half a second there and back."""
    home = client.home.with_name("far")
    Sites(folders({"VESTIBULE_HOME": str(home)})).pin(LOCAL, client.gateway.der)
    client.house.line("lan", 250, 5)
    env = environment(home)
    command = [*within(client.house.client), *VESTIBULE, "--site", LOCAL]
    with Terminal(command, env=env, columns=100, rows=30) as terminal:
        terminal.wait_for(SITE, timeout=15)
        fill(terminal, ("Username", "service"), ("Password", PASSWORD))
        began = time.monotonic()
        terminal.press("enter")
        terminal.wait_for("Clients 1 by state", timeout=15)
        assert time.monotonic() - began < 10
