"""How a site stands with its cloud, and what a cloud knows of a site: facts, and sentences for System."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from vestibule import text
from vestibule.cloud_models import CloudSite, CloudSiteAdded, CloudStatus, CloudUpdate, Signer
from vestibule.i18n import _
from vestibule.render import cloud_words
from vestibule.render.client_details import lines
from vestibule.render.differences import size
from vestibule.render.sentences import of_code
from vestibule.render.when import moment
from vestibule.signatures import grouped
from vestibule.text import visible

if TYPE_CHECKING:
    from textual.content import Content

Fact = tuple[str, str]
"""A label of ours and a value that is fit to be shown; nothing is known where it is empty."""
ROWS: Final = (
    "serial_number",
    "cloud",
    "cloud_password",
    "automatic_server_update",
    "automatic_connection",
)
"""Rows of System that tell how the site stands with its cloud."""
_OF_SERIAL: Final = frozenset({"cloud_password_wrong", "cloud_key_changed", "cloud_site_unknown"})
_OF_PASSWORD: Final = frozenset({"cloud_password_wrong"})


# --- a site and its cloud ---------------------------------------------------------------------


def facts(status: CloudStatus, now: datetime, site: ZoneInfo) -> list[Fact]:
    """All that is known, for the command line and the dialog."""
    return [
        (_("Cloud"), cloud_words.state(status.state)),
        (_("Address"), visible(status.address)),
        (_("Serial number"), visible(status.serial)),
        (_("Key of this site"), grouped(status.key)),
        (_("Registered"), _at(status.registered_at, now, site)),
        (_("Last contact"), _at(status.contact_at, now, site)),
        (_("Trouble since"), _at(status.trouble_at, now, site)),
        (_("Versions at the cloud"), f"{status.held}/{status.newest}" if status.registered_at else ""),
        (_("Version that waits"), _("yes") if status.waiting else ""),
    ]


def update_facts(update: CloudUpdate, now: datetime, site: ZoneInfo) -> list[Fact]:
    """What became of a version that came from the cloud."""
    return [
        (_("Update"), moment(update.at, now, site)),
        (_("Signed by"), visible(update.signer)),
        (_("Version"), str(update.version or "")),
        (_("Outcome"), cloud_words.outcome(update.outcome)),
        (_("Reason"), of_code(update.reason) if update.reason else ""),
    ]


def problems(status: CloudStatus) -> list[str]:
    """What is missing or wrong, each with what to do."""
    return [of_code(code) for code in (*status.missing, *([status.trouble] if status.trouble else []))]


def update_words(update: CloudUpdate, now: datetime, site: ZoneInfo) -> str:
    """The same as :func:`update_facts` in a sentence or two."""
    about = {
        "at": moment(update.at, now, site),
        "signer": visible(update.signer) or _("somebody unknown"),
        "version": update.version or 0,
        "outcome": cloud_words.outcome(update.outcome),
    }
    said = _("%(at)s, version %(version)d by %(signer)s: %(outcome)s.")
    said = (said if update.version else _("%(at)s, by %(signer)s: %(outcome)s.")) % about
    return f"{said} {of_code(update.reason)}" if update.reason else said


def with_code(link: str, code: str) -> str:
    """The link by the cloud that also brings a one-time code; the code is never sent to the cloud."""
    return f"{link}#{code}"


def link_trouble(status: CloudStatus) -> str:
    """Why nobody would find the site by the link, and what to do; empty where it leads there."""
    if status.state == "off":
        return of_code("cloud_off")
    if status.missing:
        return of_code(status.missing[0])
    if status.state != "registered" or not status.link:
        return of_code("cloud_not_registered")
    return "" if status.public else _("Nobody finds the site by it while “Automatic connection” is off.")


def taken_from_now_on(signer: Signer) -> str:
    """An uploader was added."""
    named = {"name": visible(signer.name), "key": grouped(signer.fingerprint)}
    return _("Versions signed by %(name)s are taken from now on. The key: %(key)s") % named


def page(status: CloudStatus, now: datetime, site: ZoneInfo, width: int) -> Content:
    """Everything for the dialog, in ``width`` cells: trouble first, then facts, link and last updates."""
    from textual.content import Content

    parts = [text.content(f"! {each}", "bold") for each in problems(status)]
    parts.append(lines([fact for fact in facts(status, now, site) if fact[1]], width))
    if status.link:
        parts += [_title(_("Link for clients")), text.content(status.link)]
        parts += [text.content(f"! {link_trouble(status)}")] if link_trouble(status) else []
    if status.updates:
        parts.append(_title(_("Last updates")))
        parts += [text.content(update_words(each, now, site)) for each in status.updates]
    return Content("\n").join(parts)


def _title(words: str) -> Content:
    from textual.content import Content

    return Content.styled(words, "$text-muted")


# --- rows of System ---------------------------------------------------------------------------


def row_words(
    key: str, settings: Mapping[str, Any], status: CloudStatus, now: datetime, site: ZoneInfo
) -> list[str]:
    """How the site stands as far as the row ``key`` goes, and the same in fewer words.

    ``settings``: those in force. Empty where there is nothing to say.
    """
    if status.state == "off":
        return []
    said = {
        "serial_number": _serial_words,
        "cloud": _cloud_words,
        "cloud_password": _password_words,
        "automatic_server_update": _update_words,
        "automatic_connection": _connection_words,
    }
    is_off = key.startswith("automatic_") and not settings.get(key)
    if key not in said or is_off:
        return []
    words = (said[key](_brief(status) if is_brief else status, now, site) for is_brief in (False, True))
    return [each for each in words if each]


def _brief(status: CloudStatus) -> CloudStatus:
    """Without what stands in the dialog too: since when there is trouble, and why the last update failed."""
    updates = [msgspec.structs.replace(each, reason="") for each in status.updates]
    return msgspec.structs.replace(status, trouble_at=None, updates=updates)


def fitting(candidates: Sequence[str], width: int, rows: int) -> str:
    """The first of ``candidates`` that fits, else the last; none is cut while another one is whole."""
    room = max(1, width)
    whole = (each for each in candidates if len(text.content(each).wrap(room)) <= rows)
    return next(whole, candidates[-1])


def _cloud_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if wrong := _wrong(status, now, site):
        return wrong
    if status.state != "registered":
        return _("Not registered yet: the server is about to.")
    said = [_("Registered."), _contact(status, now, site)]
    if status.held < status.newest:
        said.append(
            _("It has version %(held)d of %(newest)d.") % {"held": status.held, "newest": status.newest}
        )
    return " ".join(each for each in said if each)


def _serial_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if "cloud_serial_missing" in status.missing:
        return _alarm(of_code("cloud_serial_missing"))
    if status.trouble in _OF_SERIAL:
        return _wrong(status, now, site)
    said = _("Registered by it with the cloud: %(at)s.")
    return said % {"at": _at(status.registered_at, now, site)} if status.registered_at else ""


def _password_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if "cloud_password_missing" in status.missing:
        return _alarm(of_code("cloud_password_missing"))
    if status.trouble in _OF_PASSWORD:
        return _wrong(status, now, site)
    said = _("The cloud took it: %(at)s.")
    return said % {"at": _at(status.registered_at, now, site)} if status.registered_at else ""


def _update_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if wrong := _wrong(status, now, site):
        return wrong
    if not status.uploaders:
        return _alarm(_("No uploader is known, so nothing is taken: c shows them, a adds one."))
    if status.waiting:
        return _("A version waits at the cloud; it is looked at now.")
    if not status.updates:
        return _("None has come yet.")
    return _("Last update: %s") % update_words(status.updates[0], now, site)


def _connection_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if wrong := _wrong(status, now, site):
        return wrong
    said = [_contact(status, now, site), _("c shows the link for clients.")]
    return " ".join(each for each in said if each) if status.link else ""


def _wrong(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    """What is missing or in trouble, in one alarm; empty while all is well."""
    found = problems(status)
    if not found:
        return ""
    if status.missing or status.trouble_at is None:
        return _alarm(found[0])
    since = _("Since %(at)s.") % {"at": moment(status.trouble_at, now, site)}
    return _alarm(f"{found[0]} {since}")


def _contact(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    at = _at(status.contact_at, now, site)
    return _("Last contact: %(at)s.") % {"at": at} if at else ""


def _alarm(sentence: str) -> str:
    return f"! {sentence}"


# --- sites of a cloud -------------------------------------------------------------------------


def site_facts(each: CloudSite, now: datetime, site: ZoneInfo) -> list[Fact]:
    """What a cloud knows of one of its sites."""
    offer = each.offer
    return [
        (_("Serial number"), visible(each.serial)),
        (_("Key"), grouped(each.key)),
        (_("Registered"), _at(each.registered_at, now, site) or _("not yet")),
        (_("Last contact"), _at(each.seen_at, now, site)),
        (_("From"), visible(each.seen_from)),
        (_("Newest version"), str(each.newest or "")),
        (_("Size"), size(each.bytes) if each.bytes else ""),
        (_("Found by"), _("anybody who asks") if each.public else _("its own clients")),
        (_("Version that waits"), str(offer.version) if offer and offer.outcome == "waiting" else ""),
        (_("Last update"), _offer_words(each, now, site)),
    ]


def site_warning(each: CloudSite, now: datetime, site: ZoneInfo) -> str:
    """What may be a password in wrong hands; empty where nothing hints at it."""
    named = visible(each.serial)
    if each.refused_at is not None:
        told = {"serial": named, "at": moment(each.refused_at, now, site)}
        told["from"] = visible(each.refused_from)
        return (
            _(
                "%(serial)s: another server knew its password for cloud (%(at)s, from %(from)s) and was "
                "turned away. If it was not yours, reset the site."
            )
            % told
        )
    if each.registrations > 1 and each.registered_at is not None:
        told = {"serial": named, "at": moment(each.registered_at, now, site)}
        return _("%(serial)s has registered again (%(at)s), with the same key.") % told
    return ""


def is_password_of(added: CloudSiteAdded) -> str:
    """What the password shown is, and that it is shown now only."""
    said = _("This is the password for cloud of %s. It is not shown again; type it into System there.")
    return said % visible(added.serial)


def _offer_words(each: CloudSite, now: datetime, site: ZoneInfo) -> str:
    offer = each.offer
    if offer is None or offer.outcome == "waiting":
        return ""
    said = f"{_at(offer.told_at or offer.at, now, site)} {cloud_words.outcome(offer.outcome)}"
    return f"{said}. {of_code(offer.reason)}" if offer.reason else said


def _at(when: datetime | None, now: datetime, site: ZoneInfo) -> str:
    return moment(when, now, site) if when is not None else ""
