"""The settings in force, what follows from them, and the secrets beside them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from vestibule.access import settings
from vestibule.access.principal import Principal, console
from vestibule.access.refused import Refused
from vestibule.properties import PROPERTIES
from vestibule.store.engine import Store
from vestibule.store.errors import StoreError
from vestibule.store.schema import audit, secret


def test_a_new_site_shows_every_property_in_the_order_of_the_grid(store: Store) -> None:
    with store.read() as tx:
        system = settings.system(tx)
    assert list(system.settings) == [entry.key for entry in PROPERTIES]
    assert system.settings["password"] == {"set": True}
    assert system.settings["vnc_password"] == {"set": False}
    assert system.settings["system_name"] == "Haus Lindenhof"


@pytest.mark.parametrize(
    ("changed", "address"),
    [
        ({"external_ip": "haus.example.org", "local_ip": "192.168.1.10"}, "https://haus.example.org:7550"),
        ({"local_ip": "192.168.1.10", "client_port": 8443}, "https://192.168.1.10:8443"),
        ({"external_ip": "2001:db8::7"}, "https://[2001:db8::7]:7550"),
        ({}, "https://gateway:7550"),
    ],
)
def test_links_lead_where_guests_can_reach(
    changed: dict[str, object], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Gateway")
    assert settings.links(settings.DEFAULTS | changed) == address
    assert settings.links(settings.DEFAULTS | changed, "https://door.example/") == "https://door.example"


def test_the_server_listens_where_the_settings_say() -> None:
    assert settings.bind(settings.DEFAULTS) == ("127.0.0.1", 7550)
    changed = settings.DEFAULTS | {"local_ip": "192.168.1.10", "client_port": 8443}
    assert settings.bind(changed) == ("192.168.1.10", 8443)


def test_a_secret_is_sealed_for_its_own_row(store: Store) -> None:
    with store.write() as tx:
        settings.keep_secret(tx, "vnc_password", "hunter22", 2)
        settings.keep_secret(tx, "cloud_password", "über alle Berge", 2)
        found = tx.connection.execute(select(secret.c.name, secret.c.vaulted)).all()
        rows = {row.name: row.vaulted for row in found}
        assert b"hunter22" not in rows["vnc_password"]
        tx.connection.execute(update(secret).values(vaulted=rows["vnc_password"]))
        with pytest.raises(StoreError, match="vault_damaged"):
            settings.secret_values(tx)


def test_revealing_needs_a_fresh_admin_and_is_audited_without_the_value(store: Store) -> None:
    with store.write() as tx:
        settings.keep_secret(tx, "vnc_password", "hunter22", 2)
        for who, code in (
            (Principal("a", "-"), "admin_needed"),
            (Principal("a", "-", admin=True), "reauthentication_needed"),
        ):
            with pytest.raises(Refused, match=code):
                settings.reveal(tx, who, "vnc_password")
        assert settings.reveal(tx, console(), "vnc_password") == "hunter22"
        with pytest.raises(Refused, match="secret_missing"):
            settings.reveal(tx, console(), "cloud_password")
    with store.read() as tx:
        rows = tx.connection.execute(select(audit).where(audit.c.action == "secret.revealed")).all()
    assert [row.detail for row in rows] == ['{"name":"vnc_password"}']


@pytest.mark.on_both_databases
def test_an_empty_secret_is_none(store: Store) -> None:
    with store.write() as tx:
        settings.keep_secret(tx, "vnc_password", "hunter22", 2)
        settings.keep_secret(tx, "vnc_password", "", 3)
        assert settings.secret_values(tx)["vnc_password"] == ""
        assert settings.system(tx).settings["vnc_password"] == {"set": False}
