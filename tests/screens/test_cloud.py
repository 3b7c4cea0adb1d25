"""What an admin can do about the cloud, against real clouds and this site's own database."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cloud.parties import PASSWORD_FOR_CLOUD, SERIAL, serving, sites_of
from tests.screens import dialog_desk, system_desk
from tests.screens.dialog_desk import ZONE
from tests.screens.system_desk import upload
from tests.waiting import until
from vestibule import signatures
from vestibule.cloud_models import CloudSiteNew
from vestibule.config import Folders, private_folder
from vestibule.models import ClientNew
from vestibule.remote.api import Api
from vestibule.render.qr import link_matrix
from vestibule.screens.clients import Clients
from vestibule.screens.cloud import Cloud
from vestibule.screens.cloud_editor import CloudSiteEditor, UploaderEditor
from vestibule.screens.cloud_link import CloudLink
from vestibule.screens.cloud_password import CloudPassword
from vestibule.screens.cloud_sites import PAGE, CloudSites
from vestibule.screens.code_only import CodeOnly
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.system import System
from vestibule.store.cloud_schema import cloud_site
from vestibule.store.engine import open_store
from vestibule.widgets.client_detail import ClientDetail
from vestibule.widgets.cloud_site_rows import CloudSiteRows
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.qr_code import QrCode
from vestibule.widgets.rows import Heading
from vestibule.widgets.uploader_rows import UploaderRows


class Desk(system_desk.Desk):
    """All sections, as after signing in."""

    def open_only(self, *_given: object) -> None:
        """Leave them open."""

    @property
    def link(self) -> str:
        """What stands under the code of the selected client."""
        return self.shown("ClientDetail #link")


async def test_words_and_links_follow_what_becomes_of_the_cloud(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = await console.add_client(ClientNew(name="Anna Rossi"))
    assert guest.code is not None
    usual = guest.code.link
    with ExitStack() as running:
        cloud = running.enter_context(serving(tmp_path / "cloud", cloud=True, secure=True))
        cloud.ask("POST", "/v1/cloud/sites", {"serial": SERIAL, "password": PASSWORD_FOR_CLOUD})
        (private_folder(here.config) / "config.toml").write_text(sites_of(cloud))
        desk = Desk(here, monkeypatch)
        async with desk.app.run_test(size=(80, 24)) as pilot:
            await until(lambda: isinstance(desk.app.screen, Clients))
            await until(lambda: desk.link == usual)
            assert "c" not in desk.keys
            await pilot.press("2")
            await until(lambda: isinstance(desk.app.screen, System))
            await desk.opened()
            await desk.select("cloud_password")
            settings = {"cloud": True, "serial_number": SERIAL, "automatic_connection": True}
            await upload(console, **settings, cloud_password="another password altogether")
            await until(lambda: "password for cloud is wrong" in desk.about)
            await upload(console, cloud_password=PASSWORD_FOR_CLOUD)
            await until(lambda: desk.about.startswith("The cloud took it"))
            await desk.select("cloud")
            await until(lambda: desk.about.startswith("Registered. Last contact"))

            await pilot.press("c")
            await until(lambda: isinstance(desk.app.screen, Cloud) and "v" in desk.keys)
            status = await desk.connection.api.cloud()
            facts = str(desk.app.screen.query_one("#facts Static").render())
            assert f"Key of this site       {signatures.grouped(status.key)}" in facts
            assert status.link in facts
            await pilot.press("v")
            await until(lambda: isinstance(desk.app.screen, CloudLink))
            assert desk.app.screen.query_one(QrCode).matrix == link_matrix(status.link)
            await pilot.press("escape")
            await until(lambda: isinstance(desk.app.screen, Cloud))
            await pilot.press("escape")
            await desk.back()
            await pilot.press("1")
            await until(lambda: isinstance(desk.app.screen, Clients) and "c" in desk.keys)
            await pilot.press("c")
            by_cloud = f"{status.link}#{guest.code.code}"
            await until(lambda: desk.link == by_cloud)
            assert desk.app.screen.query_one(ClientDetail).code.matrix == link_matrix(by_cloud)
            await pilot.press("y", "v")
            assert desk.app.clipboard == by_cloud
            await until(lambda: isinstance(desk.app.screen, CodeOnly))
            assert desk.app.screen.query_one(QrCode).matrix == link_matrix(by_cloud)
            await pilot.press("escape")
            await until(lambda: isinstance(desk.app.screen, Clients))
            await pilot.press("c")
            await until(lambda: desk.link == usual)
            await pilot.press("2")
            await until(lambda: isinstance(desk.app.screen, System))
            await asyncio.to_thread(running.close)
            await until(lambda: desk.about.startswith("! The cloud does not answer."))
        await desk.connection.close()


async def test_uploaders_are_added_after_a_proof_and_removed_after_asking(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = signatures.public_key(signatures.new_key())
    desk = dialog_desk.Desk(here, monkeypatch)
    async with desk.running() as pilot:
        dialog = Cloud(desk.connection, ZONE, True)
        await desk.open(dialog)
        await pilot.press("a")
        await until(lambda: isinstance(desk.app.screen, UploaderEditor))
        await pilot.press(*"Rita", "enter", *"no_key", "enter")
        await until(lambda: desk.field("key").objection.startswith("! This is not a public key"))
        desk.field("key").value, desk.field("name").value = key, ""
        await pilot.press("enter")
        await desk.prove(pilot)
        await until(lambda: bool(desk.field("name").objection))  # the server's own word
        assert desk.field("key").value == key
        await pilot.press(*"Rita", "ctrl+s")
        await until(lambda: desk.app.screen is dialog and "Rita" in desk.said)
        rows = dialog.query_one(UploaderRows)
        await until(lambda: [each.name for each in rows.items] == ["Rita"])
        assert signatures.fingerprint(key) in rows.words(rows.items[0], 38)
        assert "Del" not in desk.keys  # elsewhere than on the list
        await pilot.press("tab", "delete")
        await until(lambda: isinstance(desk.app.screen, Confirmation))
        desk.app.screen.query_one("#yes", PushButton).action_press()
        await until(lambda: not rows.items)
        assert (await console.signers()).signers == []


def many(here: Folders, count: int) -> None:
    """Sites that may register; somebody has posed as the last one."""
    store = open_store(here.state)
    try:
        with store.write() as tx:
            rows = [
                {"serial": f"TK-{number:06}", "password_hash": "-", "added_at": tx.now}
                | {"refused_at": tx.now if number == count - 1 else None, "refused_from": "192.0.2.7"}
                for number in range(count)
            ]
            tx.connection.execute(cloud_site.insert(), rows)
    finally:
        store.close()


async def test_the_sites_of_a_cloud_come_page_by_page_and_are_found(
    here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(here, 3 * PAGE)
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(desk.app.screen, Clients))
        await pilot.press("f3")
        await until(lambda: isinstance(desk.app.screen, CloudSites))
        dialog = desk.app.screen
        rows, heading = dialog.query_one(CloudSiteRows), dialog.query_one("#count", Heading)
        await until(lambda: len(rows.items) == PAGE)
        assert heading.words == "150 sites · ! 1 warning"
        await pilot.press("end")
        await until(lambda: len(rows.items) == 2 * PAGE)
        assert rows.selected is not None
        assert rows.selected.serial == "TK-000049"
        await pilot.press("end", "r")
        await until(lambda: len(rows.items) == 3 * PAGE)
        assert [each.serial for each in rows.items] == [f"TK-{at:06}" for at in range(3 * PAGE)]
        await pilot.press("o")
        await until(lambda: [each.serial for each in rows.items] == ["TK-000149"])
        assert "! TK-000149: another server knew" in str(dialog.query_one("#detail Static").render())
        await pilot.press("escape", "slash", *"13_")
        await until(lambda: heading.words == "0 sites · ! 1 warning")
        await pilot.press("backspace")
        await until(lambda: heading.words == "12 sites · ! 1 warning")
        await pilot.press("enter", "escape", "escape")
        await until(lambda: isinstance(desk.app.screen, Clients))
    await desk.connection.close()


async def test_a_site_of_a_cloud_is_added_reset_and_removed(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.add_cloud_site(CloudSiteNew(serial="TK-000001"))
    desk = dialog_desk.Desk(here, monkeypatch)
    async with desk.running() as pilot:
        dialog = CloudSites(desk.connection, ZONE)
        await desk.open(dialog)
        rows = dialog.query_one(CloudSiteRows)
        await pilot.press("a")
        await until(lambda: isinstance(desk.app.screen, CloudSiteEditor))
        await pilot.press(*"tk-000001", "enter")
        await desk.prove(pilot)
        await until(lambda: "already" in desk.field("serial").objection)
        assert desk.field("serial").value == "tk-000001"
        await pilot.press("backspace", "2", "enter")
        made = await password_shown(desk)
        await pilot.press("y", "escape")
        assert desk.app.clipboard == made
        await until(lambda: desk.app.screen is dialog)
        await until(lambda: [each.serial for each in rows.items] == ["TK-000001", "TK-000002"])
        await pilot.press("z")
        await until(lambda: isinstance(desk.app.screen, Confirmation))
        desk.app.screen.query_one("#yes", PushButton).action_press()
        assert await password_shown(desk) != made
        await pilot.press("escape")
        await until(lambda: desk.app.screen is dialog)
        await pilot.press("delete")
        await until(lambda: isinstance(desk.app.screen, Confirmation))
        desk.app.screen.query_one("#yes", PushButton).action_press()
        await until(lambda: [each.serial for each in rows.items] == ["TK-000002"])
        assert (await console.cloud_sites()).total == 1


async def password_shown(desk: dialog_desk.Desk) -> str:
    """What the operator writes down."""
    await until(lambda: isinstance(desk.app.screen, CloudPassword))
    return desk.shown("#secret")
