"""Python started warm: forked from a process that has imported what takes long, not begun from nothing.

Most of what a start of Vestibule costs are imports. One process for all tests of a worker imports the server
and the libraries, and each start is a fork of it that goes on like any other: in a session and on a terminal
of its own, with no environment but what it is given, ending by itself with a status. What a terminal decides
is imported after the fork: Textual reads the environment, which is ours to set first. Tests of how Vestibule
starts, ends and crashes start it cold.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

VESTIBULE: Final = (sys.executable, "-m", "vestibule")
_ROOT: Final = Path(__file__).parents[1]
_ALWAYS: Final = {"LANG": "C.UTF-8"}
"""Python looks at these as it begins: whatever is started must have them too."""
_IMPORTED: Final = (
    "rich.traceback",
    "vestibule.cli.clients",
    "vestibule.cli.desk",
    "vestibule.cli.kiosk",
    "vestibule.cli.serve",
    "vestibule.remote.embedded",
    "vestibule.server.app",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
)


class Started:
    """A process that was started; a small part of ``subprocess.Popen``."""

    def __init__(self, pid: int, told: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._told = told
        self._asking = threading.Lock()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, or minus the signal that ended it. Raises TimeoutError."""
        with self._asking:
            return self._hear(timeout)

    def poll(self) -> int | None:
        """The same, or None while it runs."""
        if self._asking.acquire(blocking=False):
            with suppress(BlockingIOError):
                self._hear(0)
            self._asking.release()
        return self.returncode

    def _hear(self, timeout: float | None) -> int:
        if self.returncode is None:
            self._told.settimeout(timeout)
            self.returncode = int(self._told.recv(16))
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)


def start(
    argv: Sequence[str],
    env: Mapping[str, str],
    files: tuple[int, int, int],
    cwd: str | os.PathLike[str] | None = None,
) -> Started:
    """Run ``python -m MODULE …`` or ``python -c PROGRAM …`` in a session of its own.

    ``files`` become stdin, stdout and stderr; a terminal as stdin is its controlling terminal.
    """
    assert argv[0] == sys.executable
    assert all(env.get(name) == value for name, value in _ALWAYS.items()), env
    assert not [name for name in env if name.startswith(("PYTHON", "LC_"))], env
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        order = {"argv": [*argv[1:]], "env": dict(env), "cwd": os.fspath(cwd or os.getcwd())}
        socket.send_fds(_warm(), [json.dumps(order).encode()], [theirs.fileno(), *files])
    return Started(int(ours.recv(16)), ours)


@cache
def _warm() -> socket.socket:
    """The way to the process that is forked."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
    env = {"PATH": os.environ.get("PATH", os.defpath), **_ALWAYS}
    with theirs:
        process = subprocess.Popen(
            command, env=env, cwd=_ROOT, pass_fds=[theirs.fileno()], start_new_session=True
        )

    @atexit.register
    def _end() -> None:
        ours.close()
        process.wait()

    return ours


# ------------------------------------------------------------------ in the process that is forked


def _serve(orders: socket.socket) -> Callable[[], None]:
    """Fork for each order and tell how that ended; returns in the fork what it is to do."""
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(end)
    tellers: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([orders.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell_ends(tellers)
        if orders.fileno() in ready:
            order, files, _, _ = socket.recv_fds(orders, 1 << 20, 4)
            if not order:
                os._exit(0)
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                for other in (ended, end, orders.detach(), *(each.detach() for each in tellers.values())):
                    os.close(other)
                return _become(order, files)
            tellers[pid] = socket.socket(fileno=files[0])
            for file in files[1:]:
                os.close(file)


def _tell_ends(tellers: dict[int, socket.socket]) -> None:
    """Tell the status of each fork that has ended."""
    while tellers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with tellers.pop(pid) as teller, suppress(BrokenPipeError):
            teller.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(order: bytes, files: list[int]) -> Callable[[], None]:
    """Be as a process is that was begun with this order."""
    asked = json.loads(order)
    os.setsid()
    for number, file in enumerate(files[1:]):
        os.dup2(file, number)
        os.close(file)
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for name in ("SIGCHLD", "SIGHUP", "SIGQUIT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stdin = os.fdopen(0, closefd=False)
    stdout = os.fdopen(1, "w", buffering=1 if os.isatty(1) else -1, closefd=False)
    stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    vars(sys).update(stdin=stdin, stdout=stdout, stderr=stderr)
    vars(sys).update(__stdin__=stdin, __stdout__=stdout, __stderr__=stderr)
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    os.chdir(asked["cwd"])
    with socket.socket(fileno=files[0]) as teller:
        teller.send(str(os.getpid()).encode())
    kind, program, *arguments = asked["argv"]
    sys.argv = [kind, *arguments]
    return lambda: _run(kind, program)


def _run(kind: str, program: str) -> None:
    """As ``python -m`` and ``python -c`` do it."""
    if kind == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    for _name in _IMPORTED:
        import_module(_name)
    assert "textual" not in sys.modules
    gc.collect()
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))()
