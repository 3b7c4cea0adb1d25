"""Whoever is signed in is told by which paths to come next time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import serving
from tests.server.test_system import guest_of, put
from tests.sites import PASSWORD
from vestibule.access.host_settings import load_host_settings

CLOUD = "https://cloud.example/sites/VST-1"
SETTINGS: dict[str, Any] = {
    "local_ip": "192.168.1.10",
    "external_ip": "haus.example.org",
    "serial_number": "VST-2231",
    "cloud_connection_policy": "local_remote_and_cloud",
    "automatic_connection": True,
}


async def told(api: httpx.AsyncClient, **settings: Any) -> Any:
    """What somebody is told who may do nothing else."""
    body = {"mode": "password", "username": "service", "password": PASSWORD}
    token = (await api.post("/v1/sessions", json=body)).json()["token"]
    api.headers["Authorization"] = f"Bearer {token}"
    made = await put(api, (await api.get("/v1/system")).json()["version"], **settings)
    assert made.status_code == 200
    return (await api.get("/v1/paths", headers=await guest_of(api))).json()


async def test_policy_addresses_and_what_has_no_effect_without_the_cloud(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "config.toml").write_text(f'[cloud]\nrelay = "{CLOUD}/"\n')
    async with serving(tmp_path / "home", config) as api:
        assert (await api.get("/v1/paths")).status_code == 401
        addresses = {"local": "https://192.168.1.10:7550", "external": "https://haus.example.org:7550"}
        assert await told(api, **SETTINGS) == {
            "policy": "local_only",
            "addresses": addresses | {"cloud": None},
            "serial_number": "VST-2231",
            "automatic_connection": False,
        }
        assert await told(api, cloud=True, local_ip="::", external_ip="2001:db8::7", client_port=8443) == {
            "policy": "local_remote_and_cloud",
            "addresses": {"local": None, "external": "https://[2001:db8::7]:8443", "cloud": CLOUD},
            "serial_number": "VST-2231",
            "automatic_connection": True,
        }


@pytest.mark.parametrize(
    "written",
    ["http://cloud.example", "cloud.example", "https://", "https://a@b", "https://c/?x", "https://c:x"],
)
def test_no_password_goes_to_a_relay_without_https(tmp_path: Path, written: str) -> None:
    (tmp_path / "config.toml").write_text(f'[cloud]\nrelay = "{written}"\n')
    assert load_host_settings(tmp_path).relay == ""
