"""Where somebody is signed in: a device, or a session without one, as a row, as facts, in questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from vestibule.device_models import Device, Ended, OpenSession
from vestibule.i18n import _, ngettext
from vestibule.render.client_details import Detail
from vestibule.render.when import moment
from vestibule.text import NAME_LIMIT, visible


class Place(NamedTuple):
    """A device, or a session that belongs to none."""

    id: str
    device: str | None
    """Its name, foreign text; None for a session without a device."""
    signed_in: bool
    current: bool
    """Whether whoever looks at it sits there."""
    last_source: str
    first_source: str
    last_seen_at: datetime
    first_seen_at: datetime


def places(devices: Sequence[Device], sessions: Sequence[OpenSession]) -> list[Place]:
    """Both together, the last seen first."""
    found = [_of_device(device) for device in devices] + [_of_session(session) for session in sessions]
    return sorted(found, key=lambda place: place.last_seen_at, reverse=True)


def _of_device(device: Device) -> Place:
    sources, seen = (device.last_source, device.first_source), (device.last_seen_at, device.first_seen_at)
    return Place(device.id, device.name, device.signed_in, device.current, *sources, *seen)


def _of_session(session: OpenSession) -> Place:
    source = session.source
    return Place(session.id, None, True, session.current, source, source, session.seen_at, session.opened_at)


def name(place: Place) -> str:
    """What it is called."""
    return _("without a device") if place.device is None else visible(place.device, NAME_LIMIT)


def state(place: Place) -> str:
    """Whether somebody is signed in there, in words."""
    if place.current:
        return _("this one")
    return _("signed in") if place.signed_in else _("signed out")


def how_many(found: Sequence[Place]) -> str:
    """``3, signed in at 2``."""
    there = sum(place.signed_in for place in found)
    return _("%(all)d, signed in at %(there)d") % {"all": len(found), "there": there}


def facts(place: Place, now: datetime, site: ZoneInfo) -> list[Detail]:
    """All that is known of it; times are the site's."""
    what = _("a session without a device") if place.device is None else name(place)
    last = [moment(place.last_seen_at, now, site), _from(place.last_source)]
    first = [moment(place.first_seen_at, now, site), _from(place.first_source)]
    return [
        (_("Device"), what),
        (_("State"), state(place)),
        (_("Last seen"), ", ".join(part for part in last if part)),
        (_("First seen"), ", ".join(part for part in first if part)),
    ]


def _from(source: str) -> str:
    return _("from %(address)s") % {"address": visible(source, NAME_LIMIT)} if source else ""


# --- ending -----------------------------------------------------------------------------------


def end_title(place: Place) -> str:
    """What is asked before one is ended."""
    return _("End this session?") if place.device is None else _("End this device?")


def end_question(place: Place) -> str:
    """What that does."""
    if place.current:
        return _("It is the one you sit at: you are signed out at once.")
    if place.device is None:
        return _("Whoever sits there is signed out at once.")
    return _(
        "%(device)s is signed out at once and does not sign in by itself any more. A new code brings it back."
    ) % {"device": name(place)}


def end_all_question(own: bool) -> str:
    """What ending all of them does; ``own``: all but the one at hand."""
    if own:
        return _(
            "Everywhere but here you are signed out at once, and no other device signs in by itself any more."
        )
    return _("Signed out everywhere at once, and no device signs in by itself any more.")


def done(ended: Ended) -> str:
    """What was ended."""
    devices = ngettext("%d device", "%d devices", ended.devices) % ended.devices
    sessions = ngettext("%d session", "%d sessions", ended.sessions) % ended.sessions
    return _("Ended: %(devices)s, %(sessions)s.") % {"devices": devices, "sessions": sessions}
