"""``vestibule system upload``: makes a version of what is staged on this host."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from vestibule import text
from vestibule.cli import profile_packages
from vestibule.cli.columns import aligned
from vestibule.cli.here import chosen, with_api
from vestibule.cli.output import exit_code, say, show, show_json
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.remote.errors import ApiProblem
from vestibule.remote.importing import discard
from vestibule.remote.packages import Progress, unseen
from vestibule.remote.staging import Draft, Staging
from vestibule.remote.uploading import (
    Others,
    follow_hooks,
    make_version,
    seldom,
    send_package,
    settle,
    what_others_did,
)
from vestibule.render.differences import hook_lines, progress, words_after, words_before
from vestibule.render.sentences import of_code

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_REFUSED, _STOPPED = 1, 130


def add_to(group: Any) -> None:
    """Add the command."""
    parser = group.add_parser("upload", help=_("make a version of what is staged"))
    parser.add_argument("--package", type=Path, metavar="F", help=_("a file to upload with it"))
    profile_packages.add_option(parser)
    parser.add_argument("--note", default="", metavar="T", help=_("what the version is for"))
    parser.add_argument(
        "--take",
        choices=("mine", "theirs"),
        help=_("whose values stand in rows that somebody else has changed meanwhile"),
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_upload)


def _upload(options: argparse.Namespace) -> int:
    objection = text.objection(options.note, text.NOTE_LIMIT)
    if objection is not None:
        say(of_code(objection))
        return _REFUSED
    if options.package is not None and not options.package.is_file():
        raise FileNotFoundError(2, _("there is no such file"), str(options.package))
    try:
        return with_api(lambda api: _work(api, options))
    except KeyboardInterrupt:
        say(_("Stopped. Nothing was changed; what has arrived is kept, and the next time goes on."))
        return _STOPPED


async def _work(api: Api, options: argparse.Namespace) -> int:
    staging = Staging(folders(), chosen().address)
    if options.package is not None:
        package = await asyncio.to_thread(options.package.absolute)
        staging.stage_package(str(package), await api.system())
    files = profile_packages.given(options)
    if staging.draft is None and not files:
        say(of_code("nothing_changed"))
        return _REFUSED
    try:
        number = await _make(api, staging, options, files)
    except ApiProblem as refused:
        if refused.problem.code != "version_stale":
            raise
        return await _tell_stale(api, staging, refused)
    if number is None:
        say(_("Nothing of yours is left to upload: what is in force stands."))
        return 0
    staging.clear()
    discard(folders(), chosen().address)
    if options.json:
        show_json({"version": number})
    else:
        show(_("Version %d is made and in force.") % number)
    await follow(api, number)
    return 0


async def _make(
    api: Api, staging: Staging, options: argparse.Namespace, files: Mapping[str, Path | None]
) -> int | None:
    """The new version's number; None when theirs were taken and nothing is left."""
    current = await api.system()
    draft = staging.draft or Draft(base=current.version, base_settings=current.settings)
    tell, end = watch()
    try:
        package = await send_package(api, draft, tell)
        profiles = await profile_packages.sent(api, current.version, files, tell) if files else UNSET
    finally:
        end()
    if options.take is not None and (await api.system()).version != draft.base:
        settle(staging, await what_others_did(api, draft), lambda _key: options.take == "mine")
        if staging.draft is None:
            return None
        draft = staging.draft
    return (await make_version(api, draft, package, options.note, profiles)).version


async def _tell_stale(api: Api, staging: Staging, refused: ApiProblem) -> int:
    """Whose values differ, so that the person can choose; nothing staged is lost."""
    draft = staging.draft
    assert draft is not None
    others = await what_others_did(api, draft)
    say(of_code("version_stale"))
    for line in aligned(_rows(others)) if others.clashes or others.taken else ():
        say(line)
    say(_("Choose with --take mine or --take theirs, or revert rows first."))
    return exit_code(refused.problem)


def _rows(others: Others) -> Sequence[tuple[str, str, str, str]]:
    clashes = [
        (key, words_before(key, base), words_before(key, theirs), words_after(key, mine))
        for key, (base, theirs, mine) in others.clashes.items()
    ]
    taken = [
        (key, words_before(key, base), words_before(key, theirs), "")
        for key, (base, theirs) in others.taken.items()
    ]
    return [(_("Key"), _("before"), _("theirs"), _("mine")), *clashes, *taken]


def watch() -> tuple[Progress, Any]:
    """A line on stderr that is written over, for a person; nothing for a script."""
    if not sys.stderr.isatty():
        return unseen, lambda: None
    written = False

    def tell(done: int, whole: int) -> None:
        nonlocal written
        written = True
        sys.stderr.write("\r" + progress(done, whole))
        sys.stderr.flush()

    def end() -> None:
        if written:
            sys.stderr.write("\n")

    return seldom(tell), end


async def follow(api: Api, number: int) -> None:
    """Tell what the hooks said. A server in this process ends with it: its hooks are waited for here."""
    seen = [version async for version in follow_hooks(api, number)]
    for hook in seen[-1].hooks:
        for line in hook_lines(hook):
            say(line)
