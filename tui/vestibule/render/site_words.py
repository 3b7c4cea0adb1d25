"""One site of the address book: its row, and what is known of it."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.cells import cell_len

from vestibule.fingerprint import fingerprint
from vestibule.i18n import _
from vestibule.remote.probing import Reach, Standing
from vestibule.remote.sites import HERE, Site
from vestibule.render.client_row import fitted
from vestibule.render.path_words import taken
from vestibule.render.when import moment, zone
from vestibule.text import NAME_LIMIT, visible

_LONGEST = 28
"""Cells of how a site stands."""
_EASY = 16
"""Cells in which most names are whole."""


def name(site: Site) -> str:
    """What a site is called: by its server, else by its address."""
    if site.info is not None:
        return visible(site.info.site, NAME_LIMIT)
    return _("This machine") if site.address == HERE else visible(site.address.removeprefix("https://"))


def standing(reach: Reach) -> str:
    """How a site stands: ``local · 12 ms``."""
    if reach.standing is Standing.ANSWERS:
        return taken(reach.path, reach.milliseconds)
    return {
        Standing.HERE: _("on this machine"),
        Standing.ASKING: "…",
        Standing.NOT_ACCEPTED: _("not accepted yet"),
        Standing.CHANGED: _("! another certificate"),
        Standing.SILENT: _("does not answer"),
    }[reach.standing]


def row(site: Site, reach: Reach, width: int) -> str:
    """Name, how it stands, and the address where there is room for it."""
    stands = standing(reach)
    room = min(_LONGEST, max(cell_len(stands), width - _EASY - 1))
    left = max(0, width - room - 1)
    address = "" if site.address == HERE or site.info is None else visible(site.address)
    called = name(site)
    beside = left - cell_len(address) - 2
    if address and beside >= max(_EASY, cell_len(called)):
        return f"{fitted([called], beside)}  {address} {fitted([stands], room)}"
    return f"{fitted([called], left)} {fitted([stands], room)}"


def about(site: Site, reach: Reach, cloud: str = "") -> list[str]:
    """What is known of a site, one thing per line; ``cloud`` is where it is found, if by any."""
    if site.address == HERE:
        return [_("The site of this machine: it needs no network.")]
    lines = [visible(site.address)]
    serial = visible(site.paths.serial_number) if site.paths is not None else ""
    if serial and cloud:
        told = {"serial": serial, "cloud": visible(cloud)}
        lines.append(_("Serial number %(serial)s, found through %(cloud)s") % told)
    elif serial:
        lines.append(_("Serial number %s") % serial)
    if site.used_at is not None:
        at = moment(site.used_at, datetime.now(UTC), zone(site.info.time_zone if site.info else "UTC"))
        lines.append(_("Last signed in from here: %s") % at)
    if site.certificate is not None:
        lines.append(_("Accepted certificate: %s") % fingerprint(site.certificate))
    if reach.standing is Standing.NOT_ACCEPTED:
        lines.append(_("Open it to see its certificate. Nothing is sent to it before you accept that."))
    if reach.why:
        lines.append(visible(reach.why))
    return lines
