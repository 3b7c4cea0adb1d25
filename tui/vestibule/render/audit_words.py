"""Who did what, and what came of it: the record's stable codes in the person's language.

A code that this side does not know, of a newer server, is shown as it is.
"""

from __future__ import annotations

from vestibule.i18n import _, pgettext
from vestibule.render.sentences import codes, of_code
from vestibule.text import NAME_LIMIT, visible


def actor(by: str) -> str:
    """Who it was: a name or an id as it is, and what is nobody's name in words."""
    return _nobody().get(by) or visible(by, NAME_LIMIT)


def action(code: str) -> str:
    """What was decided."""
    return _actions().get(code) or visible(code)


def _nobody() -> dict[str, str]:
    return {
        "console": pgettext("who did it", "console"),
        "server": pgettext("who did it", "server"),
        "setup": pgettext("who did it", "set-up"),
        "cloud": pgettext("who did it", "cloud"),
        "-": pgettext("who did it", "unknown"),
    }


def _actions() -> dict[str, str]:
    return {**_entering(), **_access(), **_factors(), **_site(), **_cloud()}


def outcome(code: str) -> str:
    """What came of it: done, or why not."""
    return _outcomes().get(code) or of_code(code)


def all_words() -> dict[str, str]:
    """Everything that may stand in a row: the code of an actor, an action or an outcome, and its words."""
    outcomes = {code: outcome(code) for code in (*codes(), *_outcomes())}
    return {**_nobody(), **_actions(), **outcomes}


def _entering() -> dict[str, str]:
    return {
        "session.opened": _("sign-in"),
        "session.refreshed": _("password typed again"),
        "session.ended": _("sign-out"),
        "challenge.begun": _("second factor asked for"),
        "challenge.answered": _("second factor typed"),
        "challenge.ended": _("second factor never typed"),
        "password.changed": _("password changed"),
        "attempts.forgiven": _("wrong attempts forgiven"),
        "device.ended": _("device signed out"),
        "devices.ended": _("devices signed out"),
    }


def _access() -> dict[str, str]:
    return {
        "client.added": _("client added"),
        "client.edited": _("client edited"),
        "client.removed": _("client removed"),
        "client.expired": _("client expired"),
        "code.issued": _("code issued"),
        "code.revoked": _("code revoked"),
        "licence.added": _("licence added"),
        "licence.removed": _("licence removed"),
    }


def _factors() -> dict[str, str]:
    return {
        "factor.begun": _("set-up of a factor begun"),
        "factor.added": _("factor added"),
        "factor.removed": _("factor switched off"),
        "factor.disabled": _("factor disabled"),
        "factors.reset": _("factors reset"),
        "recovery.made": _("recovery code made"),
        "policy.changed": _("policy changed"),
        "site.moved": _("site moved into another database"),
        "limits.changed": _("limits of sessions changed"),
        "sms.queued": _("text message queued"),
        "sms.moved": _("text message sent or failed"),
    }


def _site() -> dict[str, str]:
    return {
        "site.created": _("site set up"),
        "site.restored": _("site restored from a backup"),
        "key.rotated": _("vault key changed"),
        "backup.begun": _("backup begun"),
        "system.uploaded": _("version uploaded"),
        "system.restored": _("version restored"),
        "retention.changed": _("number of versions kept changed"),
        "secret.revealed": _("secret revealed"),
        "package.announced": _("package announced"),
        "package.received": _("package received"),
        "package.forgotten": _("package forgotten"),
        "hook.ran": _("hook run"),
    }


def _cloud() -> dict[str, str]:
    return {
        "cloud.registered": _("registered with the cloud"),
        "cloud.updated": _("update from the cloud"),
        "cloud.rolled_back": _("update from the cloud rolled back"),
        "cloud.signer_added": _("uploader added"),
        "cloud.signer_removed": _("uploader removed"),
        "cloud.site_added": _("site added to this cloud"),
        "cloud.site_reset": _("site of this cloud reset"),
        "cloud.site_removed": _("site removed from this cloud"),
        "cloud.version_kept": _("version kept in this cloud"),
        "cloud.package_received": _("package received by this cloud"),
        "cloud.upload_granted": _("uploader let in"),
        "cloud.offered": _("version offered to a site"),
        "cloud.offer_settled": _("site has answered an offer"),
    }


def _outcomes() -> dict[str, str]:
    """Where a problem's sentence would need what the record does not hold, or there is none."""
    return {
        "ok": pgettext("what came of it", "done"),
        "throttled": _("too many attempts"),
        "too_many_attempts": _("too many attempts"),
        "second_factor_missing": _("no second factor came"),
        "hook_failed": _("failed"),
        "sms_failed": _("failed"),
        "sms_too_soon": _("too soon after the one before"),
        "sms_limit": _("too many messages"),
        "code_used": _("the code was used already"),
        "code_expired": _("the code had expired"),
        "code_revoked": _("the code was revoked"),
        "clock_differs": _("the phone's clock is wrong"),
        "client_expired": _("the access has ended"),
        "client_not_yet_valid": _("the access has not begun"),
        "client_outside_hours": _("outside the hours of this access"),
        "invalid": _("not valid"),
        "files_loose": _("other users may read the site's files"),
        "files_unreadable": _("the site's files cannot be read"),
        "key_missing": _("the vault key is missing"),
        "key_unreadable": _("the vault key cannot be read"),
    }
