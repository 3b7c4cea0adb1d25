"""The project of one's profile in words: which one there is, whether it is here, what hinders it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from vestibule.i18n import _
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.project_view import ProjectView
from vestibule.render import cloud_words
from vestibule.render.differences import bar, size
from vestibule.render.sentences import sentence
from vestibule.render.when import moment
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.cloud_models import PackageDocument
    from vestibule.remote.kept_project import Kept
    from vestibule.render.client_details import Detail

_NAME_LIMIT = 40
_BAR = 10


def details(view: ProjectView, now: datetime, site: ZoneInfo) -> list[Detail]:
    """Labelled lines; none where there is nothing to say."""
    newest = view.told or view.kept
    said = [] if newest is None else [f"{_about(newest, now, site)} – {_place(view)}"]
    if view.told is not None and not view.is_newest_here:
        if view.fetching or view.arrived:
            said.append(_progress(view.arrived, view.told.package.size))
        if view.kept is not None:
            said.append(_("On this machine: %s") % _about(view.kept, now, site))
    if view.trouble is not None:
        again = [_("It is tried again by itself.")] if view.again else []
        said.append(" ".join([_trouble(view.trouble, site), *again]))
    return [(_("Project") if number == 0 else "", line) for number, line in enumerate(said)]


def _about(project: PackageDocument | Kept, now: datetime, site: ZoneInfo) -> str:
    named = {
        "number": project.number,
        "at": moment(project.at, now, site),
        "name": visible(project.package.name, _NAME_LIMIT),
        "size": size(project.package.size),
    }
    return _("version %(number)d of %(at)s, %(name)s, %(size)s") % named


def _place(view: ProjectView) -> str:
    if view.is_newest_here:
        return _("on this machine")
    if view.fetching:
        return _("is being fetched")
    return _("newer than the one here") if view.kept else _("not on this machine yet")


def _progress(done: int, whole: int) -> str:
    told = _("%(done)s of %(whole)s") % {"done": size(done), "whole": size(whole)}
    return bar(done, whole, told, _BAR)


def _trouble(why: Exception, site: ZoneInfo) -> str:
    from vestibule.remote.cloud_answers import CloudLieError

    if isinstance(why, ApiProblem):
        return sentence(why.problem, site)
    if isinstance(why, CloudLieError):
        return cloud_words.lie(why)
    if isinstance(why, Unreachable):
        return _("The cloud does not answer (%s).") % visible(str(why))
    reason = why.strerror if isinstance(why, OSError) else ""
    return _("It cannot be kept on this machine (%s).") % visible(reason or type(why).__name__)


def keys(view: ProjectView) -> list[tuple[str, str]]:
    """The keys that would do something now."""
    found = [
        ("g", _("get the project"), view.may_be_got),
        ("x", _("stop"), view.may_be_stopped),
        ("s", _("save a copy"), view.kept is not None),
    ]
    return [(key, words) for key, words, is_in_force in found if is_in_force]
