"""Flag before environment before config.toml before the usual; what is not understood is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.server.networks import network
from vestibule.server.serve_settings import ServeSettings, SettingError, serve_settings


def test_which_of_them_counts(tmp_path: Path) -> None:
    file = '[serve]\nhost = "192.168.1.10"\nport = 1\nplain_http = true\nmetrics_from = ["192.168.1.0/24"]\n'
    (tmp_path / "config.toml").write_text(file + 'trusted_proxies = ["socket", "127.0.0.1"]\n')
    environ = {"VESTIBULE_SERVE_PORT": "2", "VESTIBULE_SERVE_KEY": "/k", "VESTIBULE_SERVE_PLAIN_HTTP": "no"}
    found = serve_settings({"port": "3", "run": None}, environ, tmp_path)
    assert found == ServeSettings(
        host="192.168.1.10",
        port=3,
        key=Path("/k"),
        plain_http=False,
        trusted_proxies=("socket", "127.0.0.1"),
        metrics_from=("192.168.1.0/24",),
    )
    assert found.networks.trusted == (network("127.0.0.1"),)
    assert found.networks.trusts_socket
    assert serve_settings({}, {}, tmp_path / "nowhere") == ServeSettings()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[serve]\ntrusted_proxy = []\n", "There is no setting trusted_proxy in [serve]"),
        ("serve = 1\n", "There is no setting serve"),
        ("[serve\n", "cannot be read"),
        ("[serve]\nport = true\n", "[serve] port (config.toml): a port is a number"),
        ("[serve]\nport = 0\n", "a port is a number"),
        ('[serve]\nplain_http = "perhaps"\n', "say true or false"),
        ('[serve]\nlog = "xml"\n', "say one of text, json"),
        ('[serve]\ntrusted_proxies = ["10.0.0.1/8"]\n', "10.0.0.1/8 is no network"),
        ('[serve]\nmetrics_from = ["socket"]\n', "socket is no network"),
        ("[serve]\nlocal_networks = [1]\n", "a list of networks is needed"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "config.toml").write_text(written)
    with pytest.raises(SettingError) as refused:
        serve_settings({}, {}, tmp_path)
    assert said in str(refused.value)
