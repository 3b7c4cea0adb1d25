"""Where a server listens, and when it does so unencrypted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.served import free_port
from tests.server.test_certificates import write
from tests.sites import new_site
from vestibule.server.opening import CannotOpen, Opened, opened
from vestibule.server.serve_settings import ServeSettings
from vestibule.store.engine import open_store
from vestibule.store.errors import StoreError

SYSTEM = {"local_ip": "", "external_ip": "198.51.100.7"}


@contextmanager
def listening(state: Path, wanted: ServeSettings, local_ip: str = "") -> Iterator[Opened]:
    system = SYSTEM | {"local_ip": local_ip, "client_port": int(free_port())}
    entrance = opened(wanted, system, state)
    yield entrance
    entrance.socket.close()


@pytest.mark.parametrize(
    ("local_ip", "wanted", "scheme", "exposed"),
    [
        ("", ServeSettings(), "http", False),
        ("", ServeSettings(host="localhost"), "http", False),
        ("", ServeSettings(tls=True), "https", False),
        ("", ServeSettings(host="0.0.0.0"), "https", False),
        ("", ServeSettings(host="::"), "https", False),
        ("0.0.0.0", ServeSettings(), "https", False),
        ("", ServeSettings(host="0.0.0.0", plain_http=True), "http", True),
        ("0.0.0.0", ServeSettings(host="127.0.0.1"), "http", False),
    ],
)
def test_only_this_machine_itself_is_served_unencrypted_without_being_told_so(
    tmp_path: Path, local_ip: str, wanted: ServeSettings, scheme: str, exposed: bool
) -> None:
    with listening(tmp_path, wanted, local_ip) as entrance:
        assert entrance.shown.startswith(scheme + "://")
        assert (entrance.certificate is not None) == (scheme == "https")
        assert entrance.exposed == exposed


def test_a_certificate_that_is_named_or_handed_over_by_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = write(tmp_path / "credentials")
    with listening(tmp_path, ServeSettings(certificate=certificate, key=key)) as named:
        assert named.shown.startswith("https://127.0.0.1:")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    for wanted in (ServeSettings(), ServeSettings(certificate=certificate)):
        with listening(tmp_path, wanted) as handed:
            assert handed.certificate is not None
            assert named.certificate is not None
            assert handed.certificate.fingerprint == named.certificate.fingerprint
    certificate.unlink()
    with (
        pytest.raises(CannotOpen, match="There is a key, but no certificate"),
        listening(tmp_path, ServeSettings()),
    ):
        pass


def test_the_vault_key_may_be_handed_over_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, credentials = new_site(tmp_path / "home").state, tmp_path / "credentials"
    credentials.mkdir()
    (state / "vault.key").rename(credentials / "vault.key")
    with pytest.raises(StoreError, match="key_missing"):
        open_store(state)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    (credentials / "vault.key").chmod(0o440)  # root's, with an access list for the unit's user
    open_store(state).close()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with (
        listening(tmp_path, ServeSettings()) as first,
        pytest.raises(CannotOpen, match="Perhaps another server runs there"),
        listening(tmp_path, ServeSettings(port=first.socket.getsockname()[1])),
    ):
        pass
