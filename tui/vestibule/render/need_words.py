"""What two-factor login needs of the server, in words: each met, not met, or not to be told."""

from __future__ import annotations

from typing import Final

from vestibule.i18n import _
from vestibule.render.config_words import fault
from vestibule.render.sentences import of_code
from vestibule.render.server_words import in_our_words
from vestibule.text import visible
from vestibule.two_factor_models import Requirement, RequirementName

_SHORT_DETAIL: Final = 12
_DETAIL: Final = 200


def labels() -> dict[RequirementName, str]:
    """The name of every requirement."""
    return {
        RequirementName.SERVER_VERSION: _("Server version"),
        RequirementName.CLOCK: _("Clock"),
        RequirementName.VAULT_KEY: _("Vault key"),
        RequirementName.SMS_GATEWAY: _("SMS gateway"),
    }


def met_word(need: Requirement) -> str:
    """Whether it is met, as a word."""
    return {True: _("yes"), False: _("no"), None: _("not known")}[need.met]


def words(need: Requirement) -> str:
    """How it stands, in a few words."""
    known = _met()[need.name] if need.reason == "ok" else _unmet().get(need.reason)
    if known is None:
        return visible(need.reason)
    return known % {"detail": visible(_amount(need), _SHORT_DETAIL)}


def whole(need: Requirement) -> str:
    """How it stands and what to do about it."""
    known = _good()[need.name] if need.reason == "ok" else _remedies().get(need.reason)
    detail = visible(fault(need.fault) if need.fault else in_our_words(_amount(need)), _DETAIL)
    if known is None:
        return ": ".join(part for part in (visible(need.reason), detail) if part)
    return (known % {"detail": detail}).rstrip(": ")


def mark(need: Requirement, plain: bool) -> str:
    """Whether it is met, as one glyph; ``plain`` when the terminal has only a console font."""
    if need.met is None:
        return "–" if need.reason == "sms_unused" else "?"
    return ("+" if plain else "✓") if need.met else ("x" if plain else "✗")


def _amount(need: Requirement) -> str:
    """A clock is off by so much, whichever way."""
    is_clock = need.name is RequirementName.CLOCK and need.reason != "clock_unknown"
    return need.detail.removeprefix("-") if is_clock else need.detail


def _met() -> dict[RequirementName, str]:
    return {
        RequirementName.SERVER_VERSION: "%(detail)s",
        RequirementName.CLOCK: _("right within 5 s"),
        RequirementName.VAULT_KEY: _("present and private"),
        RequirementName.SMS_GATEWAY: _("answers"),
    }


def _unmet() -> dict[str, str]:
    return {
        "clock_off": _("%(detail)s s off"),
        "clock_jumped": _("was %(detail)s s ahead"),
        "clock_unknown": _("cannot be told"),
        "time_config_wrong": _("set up wrongly"),
        "version_old": _("too old"),
        "key_missing": _("missing"),
        "files_loose": _("not private"),
        "key_unreadable": _("cannot be read"),
        "sms_not_set_up": _("not set up"),
        "sms_config_wrong": _("set up wrongly"),
        "sms_silent": _("does not answer"),
        "sms_unused": _("SMS is off"),
    }


def _good() -> dict[RequirementName, str]:
    return {
        RequirementName.SERVER_VERSION: _("Version %(detail)s is new enough for two-factor login."),
        RequirementName.CLOCK: _(
            "The server's clock is %(detail)s s off its time source; up to 5 s, codes of apps are right."
        ),
        RequirementName.VAULT_KEY: _(
            "The key that keeps the secrets of apps is there, and nobody else reads it."
        ),
        RequirementName.SMS_GATEWAY: _("The gateway answers. A test message shows whether it also delivers."),
    }


def _remedies() -> dict[str, str]:
    return {
        "clock_off": _(
            "The server's clock is %(detail)s s off; more than 5 s, and codes of apps may be refused. "
            "Check its time service."
        ),
        "clock_jumped": _(
            "The server's clock was once %(detail)s s ahead. Its time stands still until then, so that "
            "nothing expired comes back: codes of apps are refused meanwhile."
        ),
        "clock_unknown": _(
            "No time source answers the server, to compare its clock with. If codes of apps are refused, "
            "compare it with a phone."
        ),
        "time_config_wrong": _("The server's config.toml is not right: %(detail)s"),
        "version_old": _("This server is too old for two-factor login. Update it."),
        "key_missing": _("The vault key is missing. Restore it from where you keep it: %(detail)s"),
        "files_loose": _("Other users of the server may read the vault key. Run: chmod go-rwx %(detail)s"),
        "key_unreadable": _("The vault key cannot be read: %(detail)s"),
        "sms_not_set_up": of_code("sms_not_set_up"),
        "sms_config_wrong": _("The server's config.toml is not right: %(detail)s"),
        "sms_silent": _("The gateway does not answer: %(detail)s"),
        "sms_unused": _("SMS is off and needs no gateway. The server's config.toml names one under [sms]."),
    }
