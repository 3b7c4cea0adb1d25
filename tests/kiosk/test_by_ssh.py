"""The recipe for sshd, on a real sshd: the kiosk and nothing else."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import needs
from tests.terminal.desk import Desk, environment
from tests.terminal.pty_terminal import Terminal
from vestibule.kiosk.host import recipe

BASE = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
AllowTcpForwarding yes
AllowAgentForwarding yes
PermitTunnel yes
SetEnv VESTIBULE_HOME={home} LANG=C.UTF-8
"""
"""A server that forbids nothing: what is refused is refused by the recipe."""


class Server:
    """An sshd of our own on a port of its own."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        folder.mkdir()
        self.folder = folder
        self.home = folder / "home"
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = folder / "sshd_config"
        self.config.write_text(BASE.format(port=self.port, folder=folder, home=self.home) + extra)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own, which its service makes
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") or "sshd"
        self.sshd = sshd
        self._log = (folder / "log").open("w")
        self.process = subprocess.Popen([sshd, "-D", "-e", "-f", self.config], stderr=self._log)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert time.monotonic() < deadline
                assert self.process.poll() is None, (folder / "log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._log.close()

    @property
    def options(self) -> list[str]:
        usual = {"IdentityFile": self.folder / "client", "IdentitiesOnly": "yes", "BatchMode": "yes"}
        unknown = {"StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR"}
        pairs = [f"{name}={value}" for name, value in {**usual, **unknown}.items()]
        return ["-F", "none", *(word for pair in pairs for word in ("-o", pair))]

    @property
    def target(self) -> str:
        return f"{getpass.getuser()}@127.0.0.1"

    def ssh(self, *arguments: str | Path) -> list[str]:
        return ["ssh", *self.options, "-p", str(self.port), *map(str, arguments)]

    def run(self, *words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **environ}
        done = subprocess.run(
            [str(word) for word in words], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=20
        )
        decoded = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(words, done.returncode, *decoded)

    def session_environment(self) -> str:
        """What the kiosk of a session was told."""
        told = f"VESTIBULE_HOME={self.home}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environ, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
            except OSError:
                continue
            if told in environ and b"kiosk" in command:
                return environ.replace(b"\0", b"\n").decode(errors="replace")
        raise AssertionError("there is no kiosk")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.set_up()
    desk.serve()
    yield desk
    desk.kill_server()


@pytest.fixture(scope="module")
def server(desk: Desk) -> Iterator[Server]:
    """With the recipe, for the user of the tests and the site of the tests."""
    rules = recipe("sshd").replace("Match User kiosk", f"Match User {getpass.getuser()}")
    rules = rules.replace("http://127.0.0.1:7550", desk.address)
    server = Server(desk.root / "sshd", rules)
    yield server
    server.stop()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """Somebody's own, to be forwarded."""
    place = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", place], stdout=subprocess.DEVNULL)
    while not place.exists():
        assert process.poll() is None
        time.sleep(0.01)
    yield place
    process.terminate()
    process.wait()


@needs("sshd")
def test_a_session_is_the_kiosk_and_ends_with_it(server: Server, desk: Desk, agent: Path) -> None:
    code = desk.add("Room 12")
    command = server.ssh("-tt", "-A", "-Y", server.target)
    env = environment(desk.root / "visitor") | {"DISPLAY": ":99", "SSH_AUTH_SOCK": str(agent)}
    with Terminal(command, env=env) as terminal:
        terminal.wait_for("Haus Lindenhof")
        told = server.session_environment()
        assert "SSH_AUTH_SOCK" not in told
        assert "DISPLAY" not in told
        terminal.press("ctrl+c", "ctrl+z", "ctrl+\\", "ctrl+q")
        terminal.type(f"{code}\nAnna Rossi\n")
        terminal.wait_for("Welcome. This is your access:")
    # The line is gone, and with it the session.
    sessions = "SELECT count(*) FROM session JOIN client ON client.id = client_id WHERE name = 'Anna Rossi'"
    deadline = time.monotonic() + 8
    while True:
        with desk.database() as database:
            if database.execute(sessions).fetchone() == (0,):
                return
        assert time.monotonic() < deadline, "the session outlives its line"
        time.sleep(0.1)


@needs("sshd")
def test_no_command_and_no_shell(server: Server) -> None:
    for command in ("id", "echo uid=; exec sh -i"):
        done = server.run(*server.ssh(server.target, command))
        assert done.returncode == 2
        assert done.stdout == ""
        assert "There is no terminal here for the screens." in done.stderr
    with Terminal(server.ssh("-tt", server.target, "id"), env=environment(server.home)) as terminal:
        terminal.wait_for("one-time code")
        assert "uid=" not in terminal.text


@needs("sshd")
def test_no_files(server: Server, tmp_path: Path) -> None:
    wanted, got = server.folder / "sshd_config", tmp_path / "got"
    (tmp_path / "batch").write_text(f"get {wanted} {got}\n")
    port = ["-P", str(server.port)]
    sftp = server.run("sftp", *server.options, *port, "-b", tmp_path / "batch", server.target)
    assert sftp.returncode != 0
    scp = server.run("scp", "-O", *server.options, *port, f"{server.target}:{wanted}", got)
    assert scp.returncode != 0
    assert not got.exists()


@needs("sshd")
@pytest.mark.parametrize("recipe_in_force", [False, True])
def test_no_tunnel(server: Server, desk: Desk, tmp_path: Path, recipe_in_force: bool) -> None:
    """Without the recipe the same tunnels work: so it is the recipe that closes them."""
    used = server if recipe_in_force else Server(tmp_path / "open")
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        local, socks = one.getsockname()[1], two.getsockname()[1]
    tunnel = used.ssh("-N", "-L", f"{local}:127.0.0.1:{desk.port}", "-D", str(socks), used.target)
    process = subprocess.Popen(tunnel, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        through = [answers(local, b"GET /healthz HTTP/1.0\r\n\r\n", b"HTTP/1.1 200")]
        request = b"\x05\x01\x00", b"\x05\x01\x00\x01\x7f\x00\x00\x01" + desk.port.to_bytes(2, "big")
        through.append(answers(socks, request[0], b"\x05\x00", request[1], b"\x05\x00"))
        assert through == [not recipe_in_force] * 2
        back = used.ssh("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"0:127.0.0.1:{desk.port}", used.target)
        if recipe_in_force:
            assert used.run(*back).returncode == 255
    finally:
        process.terminate()
        process.wait()
        if not recipe_in_force:
            used.stop()


def answers(port: int, *exchange: bytes) -> bool:
    """Whether each of these questions gets the answer behind it."""
    deadline = time.monotonic() + 10
    while True:
        try:
            line = socket.create_connection(("127.0.0.1", port), timeout=5)
            break
        except OSError:
            assert time.monotonic() < deadline, "ssh does not listen"
            time.sleep(0.05)
    with line:
        try:
            for question, answer in zip(exchange[::2], exchange[1::2], strict=True):
                line.sendall(question)
                if not line.recv(len(answer)).startswith(answer):
                    return False
        except OSError:
            return False
    return True


@needs("sshd")
def test_sshd_reads_the_recipe_as_it_is_meant(server: Server) -> None:
    who = f"user={getpass.getuser()},host=localhost,addr=127.0.0.1"
    done = server.run(server.sshd, "-T", "-f", server.config, "-C", who)
    assert done.returncode == 0, done.stderr
    effective = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    closed = "allowtcpforwarding allowstreamlocalforwarding allowagentforwarding x11forwarding permittunnel"
    assert {effective[name] for name in closed.split()} == {"no"}
    assert (effective["disableforwarding"], effective["permittty"]) == ("yes", "yes")
    assert (effective["permituserrc"], effective["permitlisten"]) == ("no", "none")
    assert re.fullmatch(r"exec /\S+/vestibule kiosk --site http://\S+", effective["forcecommand"])
