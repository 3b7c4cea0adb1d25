"""What is said of text messages: how far one has come, what it is for, and why not."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from vestibule.i18n import _, ngettext, pgettext
from vestibule.render.sentences import of_code
from vestibule.render.server_words import in_our_words
from vestibule.render.when import moment
from vestibule.text import visible
from vestibule.two_factor_models import Delivery, Sms, SmsPurpose

_REASON = 200


def delivery_word(delivery: Delivery) -> str:
    """How far it has come."""
    return {
        Delivery.QUEUED: pgettext("a text message", "queued"),
        Delivery.SENT: pgettext("a text message", "sent"),
        Delivery.FAILED: pgettext("a text message", "failed"),
    }[delivery]


def delivery_mark(delivery: Delivery, plain: bool) -> str:
    """One glyph for it; ``plain`` when the terminal has only a console font."""
    if delivery is Delivery.QUEUED:
        return "…"
    return ("+" if plain else "✓") if delivery is Delivery.SENT else ("x" if plain else "✗")


def purpose_word(purpose: SmsPurpose) -> str:
    """What it is for."""
    return {
        SmsPurpose.LOGIN: pgettext("purpose of a text message", "login"),
        SmsPurpose.SETUP: pgettext("purpose of a text message", "set-up"),
        SmsPurpose.REMOVAL: pgettext("purpose of a text message", "removal"),
        SmsPurpose.NOTICE: pgettext("purpose of a text message", "notice"),
        SmsPurpose.TEST: pgettext("purpose of a text message", "test"),
    }[purpose]


def tries(message: Sms) -> str:
    """How often the gateway was tried; empty for the usual once."""
    count = message.attempts
    return "" if count == 1 else ngettext("%d try", "%d tries", count) % count


def reason(message: Sms) -> str:
    """Why it failed or has to wait: ours in the person's language, the gateway's in its own words."""
    ours = {"too late": _("its time was over")}
    return ours.get(message.reason) or visible(in_our_words(message.reason), _REASON)


def result(message: Sms) -> str:
    """What became of a message, for who has just sent it."""
    said = {
        Delivery.QUEUED: (_("On its way to %(phone)s."), _("On its way to %(phone)s: %(reason)s")),
        Delivery.SENT: (_("Sent to %(phone)s."), _("Sent to %(phone)s.")),
        Delivery.FAILED: (_("Not sent to %(phone)s."), _("Not sent to %(phone)s: %(reason)s")),
    }[message.delivery][1 if message.reason else 0]
    return said % {"phone": visible(message.phone), "reason": reason(message)}


def whole(message: Sms, now: datetime, site: ZoneInfo) -> str:
    """Everything that is known of one message."""
    parts = [
        f"{moment(message.at, now, site)} {visible(message.phone)}",
        purpose_word(message.purpose),
        delivery_word(message.delivery),
        tries(message),
        reason(message),
    ]
    if message.done_at is not None and moment(message.done_at, now, site) != moment(message.at, now, site):
        parts[2] += f" {moment(message.done_at, now, site)}"
    return " · ".join(part for part in parts if part)


def nothing_sent(gateway: str) -> str:
    """What an empty list of messages says."""
    if not gateway:
        return of_code("sms_not_set_up")
    return _("No message yet. Press t to send one for trying out.")
