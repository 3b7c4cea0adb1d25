"""How a site stands with its cloud, and what a cloud knows of a site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.cells import cell_len

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
_GAP = 2
"""Cells between a label and its value."""
_ROOMY = 30
"""Cells from which on a key stands on one line."""


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
    parts.append(listed(facts(status, now, site), width))
    if status.link:
        parts += [_title(_("Link for clients")), text.content(status.link)]
        parts += [text.content(f"! {link_trouble(status)}")] if link_trouble(status) else []
    if status.updates:
        parts.append(_title(_("Last updates")))
        parts += [text.content(update_words(each, now, site)) for each in status.updates]
    return Content("\n").join(parts)


def listed(found: Sequence[Fact], width: int) -> Content:
    """What is known, labels in a column; where that leaves little room, a long value has its own line."""
    from textual.content import Content

    known = [(label, value) for label, value in found if value]
    room = width - max((cell_len(label) for label, _value in known), default=0) - _GAP
    if room >= _ROOMY:
        return lines(known, width)
    parts: list[Content] = []
    for label, value in known:
        if cell_len(value) <= room:
            parts.append(Content.assemble((label.ljust(width - room), "$text-muted"), value))
        else:
            parts += [_title(label), text.content(value)]
    return Content("\n").join(parts)


def _title(words: str) -> Content:
    from textual.content import Content

    return Content.styled(words, "$text-muted")


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
