"""What the two-factor policy says: its switches, what it needs of the server, what turning one would do."""

from __future__ import annotations

from typing import Final

from vestibule.i18n import _, ngettext
from vestibule.models import Client, Kind
from vestibule.render import limit_words, need_words
from vestibule.render.property_words import Line
from vestibule.render.sentences import of_code
from vestibule.two_factor_models import Policy, Requirement, RequirementName

SWITCHES: Final = ("totp_enabled", "internal", "external", "sms_enabled")
ASKING: Final = SWITCHES[:3]
"""Switches that ask clients for a second factor."""
_UNDER: Final = ("internal", "external")
"""Switches that do nothing while the first one is off."""
_NEED: Final = "need."


def switch_of(line: Line | None) -> str:
    """The switch a line is about; empty when it is about something else."""
    return line.key if line is not None and line.key in SWITCHES else ""


def lines(policy: Policy, plain: bool) -> list[Line]:
    """The switches, then what two-factor login needs; ``plain``: only glyphs of a console font."""
    return [
        *(_switch_line(policy, name) for name in SWITCHES),
        Line(_("What it needs of the server")),
        *(_need_line(each, plain) for each in policy.requirements),
    ]


def _need_line(need: Requirement, plain: bool) -> Line:
    value = f"{need_words.mark(need, plain)} {need_words.words(need)}"
    return Line(need_words.labels()[need.name], _NEED + need.name.value, value)


def explained(line: Line | None, policy: Policy) -> str:
    """What is to be known of a line: what it would do, or what to do about it."""
    name = switch_of(line)
    if name:
        return " ".join(part for part in (_would_do(policy, name), switch_explanations()[name]) if part)
    limit = limit_words.limit_of(line)
    if limit:
        return limit_words.explanations()[limit]
    key = line.key.removeprefix(_NEED) if line is not None else ""
    return next((need_words.whole(each) for each in policy.requirements if each.name.value == key), "")


# --- switches ---------------------------------------------------------------------------------


def switch_labels() -> dict[str, str]:
    """The name of every switch, in order."""
    return {
        "totp_enabled": _("Enable TOTP 2FA"),
        "internal": _("for internal users"),
        "external": _("for external users"),
        "sms_enabled": _("SMS allowed"),
    }


def switch_explanations() -> dict[str, str]:
    """What every switch does, for two lines of 78 columns."""
    return {
        "totp_enabled": _(
            "The site may ask for a second factor: of staff, of guests, or of one client (in Clients)."
        ),
        "internal": _("Staff of the site need a second factor to sign in. Who has none sets one up first."),
        "external": _("Guests, tenants and suppliers need a second factor to sign in."),
        "sms_enabled": _("Codes may come by text message, for phones without an authenticator app."),
    }


def on_off(value: bool) -> str:
    """A switch's value as a word."""
    return _("on") if value else _("off")


def without_effect(policy: Policy, name: str) -> str:
    """Why a switch does nothing now; empty when it does something."""
    if name not in _UNDER or policy.totp_enabled:
        return ""
    return _("%(switch)s is off") % {"switch": switch_labels()["totp_enabled"]}


def asked_now(policy: Policy) -> str:
    """How many clients are asked for a second factor."""
    if not policy.asked:
        return _("nobody is asked now")
    return ngettext("%d client is asked now", "%d clients are asked now", policy.asked) % policy.asked


def _would_do(policy: Policy, name: str) -> str:
    """What a switch does not do yet."""
    why = without_effect(policy, name)
    if why:
        return _("%(reason)s: no effect now.") % {"reason": why}
    more = policy.would_ask.get(name, 0)
    return ngettext("On: asks %d client more.", "On: asks %d clients more.", more) % more if more else ""


def _switch_line(policy: Policy, name: str) -> Line:
    indent = "  " if name in _UNDER else ""
    value = getattr(policy, name)
    idle = _("no effect") if value and without_effect(policy, name) else ""
    return Line(indent + switch_labels()[name], name, on_off(value), reason=idle)


# --- before and after turning one -------------------------------------------------------------


def would_ask_also(client: Client | None, policy: Policy, name: str) -> bool:
    """Whether ``client`` would be asked from then on, and is not yet."""
    if client is None or client.factors:
        return False
    after = {each: getattr(policy, each) or each == name for each in ASKING}
    return _asks(client, after) and not _asks(client, {each: getattr(policy, each) for each in ASKING})


def _asks(client: Client, switches: dict[str, bool]) -> bool:
    of_its_kind = switches["internal" if client.kind is Kind.INTERNAL else "external"]
    return switches["totp_enabled"] and (client.require_two_factors or of_its_kind)


def turning(policy: Policy, name: str, value: bool, own: Client | None = None) -> str:
    """What turning ``name`` would do, to be agreed to; empty where nobody has to be asked.

    ``own`` is who turns it.
    """
    if value:
        return _turning_on(policy, name, own)
    return "" if name in ASKING else _turning_sms_off(policy)


def _turning_on(policy: Policy, name: str, own: Client | None) -> str:
    parts = []
    if name in ASKING:
        parts.append(_more_asked(policy, name, own))
        if policy.would_ask.get(name, 0):
            parts.append(_("Who has none yet must set one up before anything else."))
    else:
        parts.append(_("Nobody more is asked: clients may then also choose codes by text message."))
    unmet = [need_words.labels()[each.name] for each in policy.requirements if _concerns(each, name)]
    if unmet:
        parts.append(_("Not all that it needs is there: %(needs)s.") % {"needs": ", ".join(unmet)})
    return " ".join(parts)


def _concerns(need: Requirement, name: str) -> bool:
    """Whether an unmet requirement makes turning ``name`` on risky."""
    return need.met is False and (need.name is RequirementName.SMS_GATEWAY) is (name == "sms_enabled")


def hindrance(policy: Policy, name: str) -> str:
    """Why ``name`` cannot be turned on at all; empty when it can."""
    if name != "sms_enabled" or policy.gateway:
        return ""
    wrong = [need for need in policy.requirements if need.reason == "sms_config_wrong"]
    return need_words.whole(wrong[0]) if wrong else of_code("sms_not_set_up")


def _turning_sms_off(policy: Policy) -> str:
    if not policy.sms_only:
        return _("Nobody has SMS as the only factor.")
    alone = ngettext(
        "%d client has SMS as its only factor and is left with its recovery code.",
        "%d clients have SMS as their only factor and are left with their recovery codes.",
        policy.sms_only,
    )
    return alone % policy.sms_only


def _more_asked(policy: Policy, name: str, own: Client | None) -> str:
    count = policy.would_ask.get(name, 0)
    if not count:
        effect = without_effect(policy, name)
        return _("Nobody more is asked: %(why)s.") % {"why": effect} if effect else _("Nobody more is asked.")
    if would_ask_also(own, policy, name):
        among = ngettext(
            "%d more client will be asked for a second factor: you.",
            "%d more clients will be asked for a second factor, you among them.",
            count,
        )
        return among % count
    more = ngettext(
        "%d more client will be asked for a second factor.",
        "%d more clients will be asked for a second factor.",
        count,
    )
    return more % count


def done(policy: Policy, name: str) -> str:
    """What turning ``name`` has brought about."""
    turned = {
        "totp_enabled": (_("The site may ask for two factors"), _("The site itself asks nobody any more")),
        "internal": (_("Internal users are to be asked"), _("Internal users are not to be asked")),
        "external": (_("External users are to be asked"), _("External users are not to be asked")),
        "sms_enabled": (_("Codes by text message are allowed"), _("No more codes by text message")),
    }[name]
    said = turned[0 if getattr(policy, name) else 1]
    why = without_effect(policy, name)
    return f"{said} ({why}); {asked_now(policy)}." if why else f"{said}; {asked_now(policy)}."
