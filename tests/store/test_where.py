"""Where a site's rows are: named once, never with a password that others can read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell
from tests.sites import PASSWORD, SITE, new_site
from vestibule.access import packages, site
from vestibule.access.refused import Refused
from vestibule.config import Folders, folders
from vestibule.store.engine import open_store
from vestibule.store.errors import StoreError

if TYPE_CHECKING:
    from tests.postgres import Cluster

URL = "postgresql://vestibule@db.example/house"


def here(tmp_path: Path, config: str = "", **environ: str) -> Folders:
    named = folders({"VESTIBULE_HOME": str(tmp_path), **environ})
    named.config.mkdir(exist_ok=True)
    (named.config / "config.toml").write_text(config)
    return named


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    assert here(tmp_path).site_database.url == ""
    config = f'[database]\nurl = "{URL}"\npassword_file = "db-password"'
    told = here(tmp_path, config).site_database
    assert (told.url, told.password_file) == (URL, tmp_path / "config" / "db-password")
    assert here(tmp_path, config, VESTIBULE_DATABASE="postgresql:///x").site_database.url == "postgresql:///x"
    assert URL not in repr(told)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ('[database]\nurl = "postgresql://u:secret@h/d"', "database_password_open"),
        ('[database]\nurl = "postgresql://h/d?password=secret"', "database_password_open"),
        ('[database]\nurl = "mysql://h/d"', "database_address"),
        ('[database]\nurl = "postgresql://h/d?no_such_option=1"', "database_address"),
        ('[database]\nurl = "postgresql://h/d"\npassword_file = "/nowhere"', "files_unreadable"),
        ('[database\nurl = "postgresql://h/d"', "files_unreadable"),
        ("[database]\nurl = 5", "files_unreadable"),
    ],
)
def test_what_cannot_be_used_opens_nothing_else(tmp_path: Path, config: str, code: str) -> None:
    state = new_site(tmp_path).state
    told = here(tmp_path, config)
    assert told.has_site
    with pytest.raises(StoreError) as caught:
        open_store(state, told.site_database)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


def test_a_password_in_argv_is_refused_and_not_repeated(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    refused = shell.run("--database", "postgresql://u:secret@h/d", "clients", "list")
    assert refused.returncode == 2
    assert "password_file" in refused.stderr
    assert "secret" not in refused.stderr


def test_setup_on_an_empty_postgresql_and_never_twice(tmp_path: Path, postgres: Cluster) -> None:
    shell = Shell(tmp_path / "home")
    setup = ("setup", "--site-name", SITE, "--service-password-file", str(shell.password_file))
    with postgres.empty() as database:
        there = ("--database", database.url)
        assert shell.run(*there, *setup).returncode == 0
        key = (shell.home / "state" / "vault.key").read_bytes()
        assert shell.run(*there, "clients", "add", "Anna", "--json").returncode == 0
        assert "Anna" in shell.run(*there, "clients", "list").stdout
        again = shell.run(*there, *setup)
        assert (again.returncode, again.stderr) == (5, "There is a site on this machine already.\n")
        assert shell.run("clients", "list").returncode == 1, "without the address it is not here"
        # The key that opens the one is never overwritten by setting up another.
        assert shell.run(*setup).returncode == 0
        assert (shell.home / "state" / "vault.key").read_bytes() == key
        assert shell.run(*there, "audit", "verify").returncode == 0


def test_a_second_server_needs_the_same_key(tmp_path: Path, postgres: Cluster) -> None:
    postgres.site.renew()
    second = new_site(tmp_path / "second", postgres.site.key)
    store = open_store(second.state, postgres.site.database)
    assert packages.folder_beside(store) == second.state / "packages"
    store.close()
    stranger = new_site(tmp_path / "stranger")
    with pytest.raises(StoreError, match="key_wrong"):
        open_store(stranger.state, postgres.site.database)


def test_of_many_who_set_up_at_once_one_does(tmp_path: Path, postgres: Cluster) -> None:
    with postgres.empty() as database, ThreadPoolExecutor(4) as threads:

        def one(number: int) -> str:
            try:
                site.create(tmp_path / str(number), SITE, PASSWORD, "en", database=database)
            except Refused as refused:
                return refused.code
            return "made"

        assert sorted(threads.map(one, range(4))) == ["made", *["site_exists"] * 3]
        keys = list(tmp_path.glob("*/vault.key"))
        assert len(keys) == 1, "only the winner's key is kept"
        open_store(keys[0].parent, database).close()
