"""A certificate that is new is compared or asked about, one that has changed is refused with both shown."""

from __future__ import annotations

from pathlib import Path

from tests.cli.served import serving
from tests.net.certificates import made
from vestibule.config import folders
from vestibule.fingerprint import fingerprint
from vestibule.remote.sites import Sites


def test_a_certificate_is_accepted_once_and_never_replaced_unseen(tmp_path: Path) -> None:
    shown = made(tmp_path, "site")
    with serving(tmp_path / "home", shown.pem) as served:
        away = served.machine(tmp_path / "away")
        away.environ["VESTIBULE_SITE"] = served.address
        login = ("login", "--username", "service", "--password-file", str(away.password_file))
        unseen = away.run(*login)
        assert unseen.returncode == 4
        assert fingerprint(shown.der) in unseen.stderr
        assert away.run(*login, "--fingerprint", "AB" * 32).returncode == 4
        assert away.run(*login, answers=["n"]).returncode == 4
        assert served.console.json("audit", "list")["rows"][0]["action"] != "session.opened"
        assert away.run(*login, answers=["y"]).returncode == 0
        assert away.run("clients", "list").returncode == 0

        before = made(tmp_path, "before").der
        Sites(folders(away.environ)).pin(served.address, before)
        changed = away.run("clients", "list", answers=["y"])
        assert changed.returncode == 4
        assert fingerprint(before) in changed.stderr
        assert fingerprint(shown.der) in changed.stderr
        compared = fingerprint(shown.der).replace(" ", ":").lower()
        assert away.run(*login, "--fingerprint", compared).returncode == 0
        assert away.run("clients", "list").returncode == 0
