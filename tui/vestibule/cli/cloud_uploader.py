"""``vestibule cloud keygen|upload``: an uploader's key, and versions he leaves for a site at its cloud."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from vestibule import signatures, text
from vestibule.cli import asking, cloud_finding, profile_packages
from vestibule.cli.output import USAGE, Stop, say, show, show_json
from vestibule.cli.system_upload import watch
from vestibule.cloud_models import CloudOffer, VersionDocument
from vestibule.i18n import _
from vestibule.properties import BY_KEY, Kind
from vestibule.remote import cloud, cloud_upload, project_file
from vestibule.remote.cloud_upload import Changes, UploadCloud
from vestibule.remote.project_format import ProjectFileError
from vestibule.render import cloud_words
from vestibule.render.differences import differences
from vestibule.render.sentences import about_file, of_code
from vestibule.text import visible

_REFUSED = 1
_LOOK_SECONDS = 1.0
_SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def add_to(group: Any) -> None:
    """Add the commands."""
    making = group.add_parser("keygen", help=_("make a key to sign versions with"))
    making.add_argument("file", type=Path, help=_("where the private key is kept; it must not be there yet"))
    making.add_argument("--json", action="store_true", help=_("one JSON document"))
    making.set_defaults(run=_keygen)
    parser = group.add_parser("upload", help=_("leave a version for a site at its cloud"))
    cloud_finding.add_cloud(parser)
    parser.add_argument("--serial", required=True, metavar="S", help=_("the site's serial number"))
    parser.add_argument("--site-key", metavar="KEY", default="", help=_("the fingerprint of the site's key"))
    parser.add_argument("--key-file", type=Path, required=True, metavar="F", help=_("your private key"))
    given = _("a file with the password for cloud; - reads it from stdin")
    parser.add_argument("--cloud-password-file", type=Path, metavar="F", dest="cloud_password", help=given)
    setting = _("a value of System; may be given again")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=setting)
    parser.add_argument("--file", type=Path, metavar="F", help=_("a .vestibule file to take values from"))
    parser.add_argument("--package", type=Path, metavar="F", help=_("a file to upload with it"))
    profile_packages.add_option(parser)
    parser.add_argument("--note", default="", metavar="T", help=_("what the version is for"))
    waiting = _("wait so long for the site to say what came of it")
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help=waiting)
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_upload)


def _keygen(options: argparse.Namespace) -> int:
    key = signatures.write_key(options.file)
    if options.json:
        show_json({"key": key, "fingerprint": signatures.fingerprint(key)})
        return 0
    show(key)
    said = _(
        "The site takes what you sign once it knows this public key: vestibule cloud signers add NAME KEY"
    )
    say(said)
    return 0


def _upload(options: argparse.Namespace) -> int:
    objection = text.objection(options.note, text.NOTE_LIMIT)
    if objection is not None:
        raise Stop(of_code(objection), _REFUSED)
    try:
        private = signatures.read_key(options.key_file)
    except ValueError:
        raise Stop(_("There is no private key in %s.") % visible(str(options.key_file)), USAGE) from None
    where = cloud_finding.where(options, options.serial)
    mark = signatures.normal_fingerprint(options.site_key) or where.mark
    if not mark:
        raise Stop(_("Give --site-key, as the site says: vestibule cloud status"), USAGE)
    password = asking.secret(options.cloud_password, _("Password for cloud"), "--cloud-password-file")
    with tempfile.TemporaryDirectory() as folder:
        try:
            changes = _changes(options, Path(folder))
            work = _work(options, where, mark, password, changes, private)
            return _print(asyncio.run(cloud_finding.told(work)), options)
        except ProjectFileError as error:
            raise Stop(about_file(error.code, error.key), _REFUSED) from None
        except ValueError as error:
            raise Stop(of_code(str(error)), _REFUSED) from None


def _changes(options: argparse.Namespace, folder: Path) -> Changes:
    settings, package = {}, options.package
    if options.file is not None:
        contents = project_file.read(options.file, folder)
        settings, package = dict(contents.settings), package or contents.package
    for written in options.set:
        key, _between, value = written.partition("=")
        is_switch = key in BY_KEY and BY_KEY[key].kind is Kind.SWITCH
        settings[key] = _SWITCHES.get(value.lower(), value) if is_switch else value
    return Changes(settings, options.note, package, profile_packages.given(options))


async def _work(
    options: argparse.Namespace,
    where: cloud_finding.Where,
    mark: str,
    password: str,
    changes: Changes,
    private: Any,
) -> CloudOffer:
    async with cloud.opened(where.cloud, where.fingerprint, UploadCloud) as there:
        assert isinstance(there, UploadCloud)
        newest = await cloud_upload.base(there, where.serial, password, mark)
        _say_differences(newest, changes)
        tell, end = watch()
        try:
            offer = await cloud_upload.offer(there, newest, changes, private, tell)
        finally:
            end()
        until = asyncio.get_running_loop().time() + options.wait
        while offer.outcome == "waiting" and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            offer = await there.outcome()
        return offer


def _say_differences(newest: VersionDocument, changes: Changes) -> None:
    """What is about to be signed, beside its packages."""
    changed = cloud_upload.changed(newest, changes.settings, changes.note)
    for row in differences(newest.settings, changed.settings):
        say(row.whole)


def _print(offer: CloudOffer, options: argparse.Namespace) -> int:
    if options.json:
        show_json(offer)
    else:
        named = {"version": offer.version, "outcome": cloud_words.outcome(offer.outcome)}
        say(_("Version %(version)d: %(outcome)s") % named)
        if offer.reason:
            say(of_code(offer.reason))
    return 0 if offer.outcome in ("waiting", "applied") else _REFUSED
