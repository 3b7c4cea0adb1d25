"""Signing in by a second factor, as the connection sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.security_desk import totp
from tests.sites import new_site
from vestibule.config import Folders
from vestibule.models import ClientNew, FactorKind, Session, SignIn, Strength
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.remote.errors import ApiProblem
from vestibule.remote.sites import HERE, Sites
from vestibule.two_factor_models import Method

LINKS = "https://gateway:7550"


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    return new_site(tmp_path / "home")


async def test_a_challenge_signs_nobody_in_until_it_is_answered(here: Folders) -> None:
    connection = Connection(here, links=LINKS)
    async with open_site(here, LINKS, as_console=True) as console:
        added = await console.add_client(ClientNew(name="Anna"))
        assert added.code is not None
        await connection.connect()
        first = await connection.sign_in(SignIn(mode="otp", code=added.code.code, name="Anna", device="pc"))
        assert isinstance(first, Session)
        assert first.strength is Strength.PASSWORD
        secret = (await connection.api.begin_app()).secret
        proven = await connection.api.confirm_factor(FactorKind.APP, totp(secret, -1))
        await connection.enter(proven.session)
        assert connection.strength is Strength.TWO_FACTOR
        await connection.sign_out()
        assert connection.strength is None
        again = SignIn(
            mode="otp", code=(await console.issue_code(added.id)).code, name="Anna", device="tablet"
        )

    before = Sites(here).get(HERE).device_token
    challenge = await connection.sign_in(again)
    assert not isinstance(challenge, Session)
    assert challenge.methods == [Method.APP, Method.RECOVERY]
    assert (connection.client, connection.strength) == (None, None)
    with pytest.raises(ApiProblem, match="factor_code_wrong"):
        await connection.answer(challenge, Method.APP, "000000")
    assert connection.client is None
    await connection.answer(challenge, Method.APP, totp(secret))
    assert connection.client is not None
    assert connection.strength is Strength.TWO_FACTOR
    after = Sites(here).get(HERE).device_token
    assert after is not None
    assert after != before
    await connection.close()
