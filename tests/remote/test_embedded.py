"""The embedded server: the same API without a port."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vestibule.config import folders
from vestibule.models import ClientNew, SignIn
from vestibule.remote.embedded import create_site, open_site
from vestibule.remote.errors import ApiProblem

PASSWORD = "correct horse battery staple"
LINKS = "https://gateway:7550"


async def test_the_console_hands_out_a_code_and_the_guest_spends_it(tmp_path: Path) -> None:
    here = folders({"VESTIBULE_HOME": str(tmp_path)})
    create_site(here, "Haus Lindenhof", PASSWORD, "en")
    async with open_site(here, LINKS, as_console=True) as api:
        added = await api.add_client(ClientNew(profile="Room 12"))
        assert added.code is not None
        await api.sign_in(SignIn(mode="otp", code=added.code.code, name="Anna Rossi", device="pc"))
        assert (await api.me()).client.name == "Anna Rossi"
        with pytest.raises(ApiProblem, match="admin_needed"):
            await api.clients()


async def test_setting_up_again_refuses_and_harms_nothing(tmp_path: Path) -> None:
    here = folders({"VESTIBULE_HOME": str(tmp_path)})
    create_site(here, "Haus Lindenhof", PASSWORD, "en")
    before = here.database.read_bytes()
    with pytest.raises(ApiProblem, match="site_exists"):
        create_site(here, "Another", PASSWORD, "en")
    assert here.database.read_bytes() == before
    assert sorted(path.name for path in here.state.iterdir()) == [".setup.lock", "site.db", "vault.key"]


async def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    here = folders({"VESTIBULE_HOME": str(tmp_path)})
    create_site(here, "Haus Lindenhof", PASSWORD, "en")
    here.database.chmod(0o644)
    with pytest.raises(ApiProblem, match="files_loose"):
        async with open_site(here, LINKS):
            pass


def test_the_client_half_imports_no_server() -> None:
    script = "import sys, vestibule.remote.embedded; print([m for m in sys.modules if 'sqlalchemy' in m])"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
