"""The cloud in words: what is wrong with it, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vestibule.i18n import _
from vestibule.models import Path
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.cloud_answers import CloudLieError


def sentences() -> dict[str, str]:
    """Problem codes of the cloud; see ``sentences``."""
    return {**_of_the_cloud(), **_of_the_site(), **_of_updates()}


def _of_the_cloud() -> dict[str, str]:
    return {
        "cloud_site_exists": _("The cloud has this serial number already. Reset it if the server is new."),
        "cloud_site_unknown": _("The cloud knows no such site, or the site does not let itself be found."),
        "cloud_password_wrong": _("The serial number or the password for cloud is wrong."),
        "cloud_key_changed": _(
            "Another server has registered with this serial number. The cloud's operator must reset it."
        ),
        "cloud_key_invalid": _("This is not a public key. It has 43 letters, digits, - and _."),
        "cloud_not_registered": _("This site has not registered with the cloud yet."),
        "cloud_token_unknown": _("The cloud does not know this server any more. It will register again."),
        "cloud_full": _("The cloud keeps no more for this site. Its operator can make room."),
        "cloud_forged": _("The signature does not fit: it was changed on its way, or meant for another."),
        "cloud_version_differs": _(
            "The cloud has another version of this number. Its operator must reset the site."
        ),
        "cloud_base_stale": _("The site has another version in the meantime. Start from the newest one."),
        "cloud_replayed": _("The cloud has heard something newer of this site already."),
        "cloud_ticket_refused": _("The cloud takes this ticket no more. Sign in to the site to get another."),
        "cloud_profile_empty": _("There is no package for your profile."),
    }


def _of_the_site() -> dict[str, str]:
    return {
        "cloud_off": _("This site has no cloud."),
        "cloud_access_off": _("Your access is not allowed to use the cloud."),
        "cloud_address_missing": _('Name the cloud in config.toml: [cloud] address = "https://…"'),
        "cloud_address_invalid": _("The table [cloud] of config.toml cannot be used. The log says why."),
        "cloud_serial_missing": _("Set the serial number in System: the cloud knows the site by it."),
        "cloud_password_missing": _("Set the password for cloud in System."),
        "cloud_unreachable": _("The cloud does not answer. It is tried again by itself."),
        "cloud_certificate_differs": _(
            "The cloud shows another certificate than config.toml names. Nothing was sent to it."
        ),
        "cloud_strange": _("What answers at the cloud's address is no Vestibule cloud."),
    }


def _of_updates() -> dict[str, str]:
    return {
        "signer_unknown": _(
            "This site does not know who signed it. Add the uploader: c in System, or vestibule cloud signers"
        ),
        "signer_exists": _("This site knows this key already."),
        "update_other_site": _("This version is meant for another site."),
        "update_too_old": _("This version was signed more than 30 days ago. Sign it anew."),
        "update_of_ways": _(
            "An update from the cloud does not change addresses or what System says of the cloud. "
            "Do that at the site."
        ),
        "update_keeps_one": _("This site keeps one version only, so there would be no way back. Keep two."),
        "hook_failed": _("A hook failed, so the version before was restored."),
    }


def state(code: str) -> str:
    """How a site stands with its cloud."""
    return {
        "off": _("off in System"),
        "incomplete": _("something is missing"),
        "new": _("not registered yet"),
        "registered": _("registered"),
    }.get(code, visible(code))


def outcome(code: str) -> str:
    """What came of a version that an uploader has left."""
    return {
        "waiting": _("waits for the site"),
        "running": _("applied; its hooks run"),
        "applied": _("applied"),
        "refused": _("refused"),
        "rolled_back": _("rolled back"),
    }.get(code, visible(code))


def path(which: Path | None) -> str:
    """A way to a site."""
    known = {Path.LOCAL: _("Local"), Path.EXTERNAL: _("Remote"), Path.CLOUD: _("Cloud")}
    return known[which] if which else ""


def lie(error: CloudLieError) -> str:
    """What a cloud has said that cannot be."""
    from vestibule.remote.cloud_answers import OldAnswerError, SiteKeyChangedError
    from vestibule.signatures import grouped

    if isinstance(error, SiteKeyChangedError):
        told = {"known": grouped(error.known), "shown": grouped(error.shown)}
        return (
            _(
                "The cloud shows another key of this site: %(shown)s instead of %(known)s. Either the site "
                "was set up anew, or somebody stands in for it. Nothing was taken."
            )
            % told
        )
    if isinstance(error, OldAnswerError):
        return _("The cloud says something older than before. Nothing was taken.")
    return _("What the cloud says was not signed by the site. Nothing was taken.")
