"""A cloud and its sites as they are: real servers on loopback, the cloud behind TLS of its own making."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.sites import new_site
from vestibule.access.refused import Refused
from vestibule.config import Database, private_folder
from vestibule.server import certificates
from vestibule.server.app import Server, create_app
from vestibule.server.events import Bell
from vestibule.store.engine import IN_FILE, open_store

PASSWORD_FOR_CLOUD = "seven quiet rivers under glass"
SERIAL = "TK-000815"


class Party:
    """A running server, spoken to as the console of its host."""

    def __init__(
        self, server: Server, url: str, certificate: Path | None, state: Path, heard: list[str]
    ) -> None:
        self.server, self.url, self.certificate, self.state = server, url, certificate, state
        self.heard = heard
        """The paths it was asked for."""
        trust = ssl.create_default_context(cafile=str(certificate)) if certificate else True
        self.http = httpx.Client(base_url=url, verify=trust, timeout=20)

    @property
    def fingerprint(self) -> str:
        """Of its certificate."""
        assert self.certificate is not None
        return fingerprint_of(self.certificate)

    def ask(
        self, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> httpx.Response:
        """As whoever has ``token``; without one, as the console."""
        headers["Authorization"] = f"Bearer {token or self.server.console_token}"
        return self.http.request(method, path, json=body, headers=headers)

    def get(self, path: str) -> Any:
        """What the console is answered."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, package: str | None = None, profiles: Any = None, **settings: Any) -> int:
        """Make the next version; its number."""
        version = self.get("/v1/system")["version"]
        body: dict[str, Any] = {"settings": settings} | ({"package": package} if package else {})
        body |= {"profiles": profiles} if profiles is not None else {}
        made = self.ask("PUT", "/v1/system", body, **{"If-Match": f'"{version}"'})
        assert made.status_code == 200, made.text
        return int(made.json()["version"])

    def package(self, data: bytes, name: str = "haus.tknx") -> str:
        """Bring a package here; its hash."""
        sha256 = hashlib.sha256(data).hexdigest()
        new = {"sha256": sha256, "size": len(data), "name": name}
        here = self.ask("POST", "/v1/project/packages", new)
        assert here.status_code == 200, here.text
        if here.json()["received"] == len(data):
            return sha256
        headers = {"Authorization": f"Bearer {self.server.console_token}"}
        sent = self.http.patch(f"/v1/project/packages/{sha256}", content=data, headers=headers)
        assert sent.json()["received"] == len(data), sent.text
        return sha256

    def audited(self, action: str) -> list[dict[str, Any]]:
        """What the audit says of ``action``, newest first."""
        return [row for row in self.get("/v1/audit?limit=200")["rows"] if row["action"] == action]


def sites_of(cloud: Party) -> str:
    """What a site's config.toml says of ``cloud``."""
    return f'[cloud]\naddress = "{cloud.url}"\nfingerprint = "{cloud.fingerprint}"\n'


def join(site: Party, cloud: Party, serial: str = SERIAL, *, more: dict[str, Any] | None = None) -> None:
    """Let a site be one of ``cloud``, and wait until the cloud has its versions."""
    new = {"serial": serial, "password": PASSWORD_FOR_CLOUD}
    assert cloud.ask("POST", "/v1/cloud/sites", new).status_code == 201
    settings: dict[str, Any] = {"cloud": True, "serial_number": serial, "cloud_password": PASSWORD_FOR_CLOUD}
    site.upload(**settings, **(more or {}))
    up_to_date(site)


def up_to_date(site: Party) -> None:
    """Wait until the cloud has all versions of ``site`` and nothing is wrong."""

    def met() -> bool:
        status = site.get("/v1/cloud")
        return bool(status["held"] == status["newest"] and not status["trouble"])

    until(met)


def until(met: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What ``met`` says once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := met()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


@contextmanager
def serving(
    home: Path,
    *,
    cloud: bool = False,
    secure: bool = False,
    config: str = "",
    port: int = 0,
    database: Database = IN_FILE,
) -> Iterator[Party]:
    """A new site in ``home``, or the one that is there, served by a thread; ``config`` is its config.toml.

    A ``database`` has a site already, whose key is in ``home``.
    """
    here = private_folder(home / "config")
    (here / "config.toml").write_text(config)
    state = home / "state" if (home / "state").exists() else new_site(home).state
    store = open_store(state, database)
    server = Server(store, None, Bell(store.changes()), here, cloud=cloud)
    files = _certificate(home) if secure else None
    server.cloud.certificate = fingerprint_of(files[0]) if files else ""
    options: dict[str, Any] = {"ssl_certfile": files[0], "ssl_keyfile": files[1]} if files else {}
    app, heard = create_app(server), list[str]()

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append(scope.get("path", ""))
        await app(scope, receive, send)

    settings = uvicorn.Config(noting, port=port, log_level="critical", **options)
    try:
        with running(settings, server.bell.close_from_signal) as url:
            party = Party(server, url, files[0] if files else None, state, heard)
            with party.http:
                yield party
    finally:
        server.store.close()


@contextmanager
def running(settings: uvicorn.Config, stopping: Callable[[], None] = lambda: None) -> Iterator[str]:
    """A server in a thread; its address. ``stopping`` is called before it is stopped."""
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"{'https' if settings.is_ssl else 'http'}://127.0.0.1:{port}"
    finally:
        stopping()
        server.should_exit = True
        thread.join()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made certificate and its key, the same for the same folder."""
    certificates.own(folder, [])
    return folder / "tls" / "certificate.pem", folder / "tls" / "key.pem"


def fingerprint_of(written: Path) -> str:
    """Of a certificate: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(written.read_text())).hexdigest()


def code_of(answer: Any) -> str:
    """The problem code of an answer, or its status."""
    return str(answer.json().get("code", answer.status_code))


def refused(call: Any, *given: Any) -> str:
    """The problem code that ``call`` is refused with."""
    with pytest.raises(Refused) as problem:
        call(*given)
    return problem.value.code
