"""What one's own security says: factors, who asks for them, secrets to type, codes on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from vestibule.i18n import _
from vestibule.models import Client, FactorKind, Kind
from vestibule.render.client_details import Detail
from vestibule.render.server_words import in_our_words
from vestibule.render.when import moment
from vestibule.text import visible
from vestibule.two_factor_models import Delivery, Factor, Method, SmsCode, TwoFactor

_GROUP = 4
_REASON = 120


def factor_name(kind: FactorKind) -> str:
    """What people call it."""
    return {FactorKind.APP: _("Authenticator app"), FactorKind.SMS: _("SMS")}[kind]


def factor_note(kind: FactorKind) -> str:
    """What speaks for it, or against."""
    return {
        FactorKind.APP: _("The safer way: the app makes the codes on your phone, also without a network."),
        FactorKind.SMS: _(
            "The weaker way: a message can be read on the way, and a number can be taken over. "
            "Still much better than a password alone."
        ),
    }[kind]


def phone_words(phone: str, plain: bool) -> str:
    """As much of a number as is known here; ``plain``: only glyphs of a console font."""
    return visible(phone.replace("•", "*") if plain else phone)


# --- the state --------------------------------------------------------------------------------


def kinds(state: TwoFactor) -> list[FactorKind]:
    """The factors that are set up, in the order offered."""
    on = {factor.kind for factor in state.factors}
    return [kind for kind in FactorKind if kind in on]


def missing(state: TwoFactor) -> list[FactorKind]:
    """The factors that can be set up."""
    offered = [FactorKind.APP, *([FactorKind.SMS] if state.sms_offered else [])]
    return [kind for kind in offered if kind not in kinds(state)]


def heading(state: TwoFactor | None) -> str:
    """Whether two-factor login is on, as soon as that is known."""
    if state is None:
        return _("Two-factor login")
    return _("Two-factor login: on") if state.factors else _("Two-factor login: off")


def advice(state: TwoFactor) -> str:
    """What the state means, and what to do about it."""
    if not state.factors:
        return _(
            "Who knows your password can sign in as you. With two-factor login a code from your phone is "
            "asked for too. Press e to switch it on."
        )
    if state.recovery_code_since is None:
        return _(
            "There is no recovery code. Whoever loses the phone needs an admin then. "
            "Switch two-factor login off and on again to get one."
        )
    return _("Your password and a code are asked for. A lost phone is replaced once by the recovery code.")


def facts(
    state: TwoFactor,
    client: Client,
    has_password: bool,
    now: datetime,
    site: ZoneInfo,
    *,
    plain: bool = False,
) -> list[Detail]:
    """The state as labelled lines."""
    known = {factor.kind: factor for factor in state.factors}
    found = [(factor_name(kind), _factor(known.get(kind), now, site, plain)) for kind in _worth_a_line(state)]
    if state.factors:
        since = state.recovery_code_since
        found.append((_("Recovery code"), _since(since, now, site) if since else _("none")))
    found.append((_("Asked for"), asker(state, client)))
    found.append((_("Password"), _("set") if has_password else _("none yet")))
    return found


def _worth_a_line(state: TwoFactor) -> list[FactorKind]:
    return [kind for kind in FactorKind if kind in kinds(state) or kind in missing(state)]


def _factor(factor: Factor | None, now: datetime, site: ZoneInfo, plain: bool) -> str:
    if factor is None:
        return _("off")
    parts = [phone_words(factor.phone or "", plain), _since(factor.since, now, site)]
    return ", ".join(part for part in parts if part)


def _since(since: datetime, now: datetime, site: ZoneInfo) -> str:
    return _("since %(at)s") % {"at": moment(since, now, site)}


def asker(state: TwoFactor, client: Client) -> str:
    """Whether a second factor is required, and who says so."""
    if not state.required:
        return _("by nobody but you") if state.factors else _("by nobody")
    if client.require_two_factors:
        return _("by an admin, of you")
    if client.kind is Kind.INTERNAL:
        return _("by the site, of all its staff")
    return _("by the site, of all guests")


# --- setting one up ---------------------------------------------------------------------------


def groups(secret: str) -> str:
    """A secret in groups of four, four of them on a line, to be typed."""
    parts = [secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP)]
    return "\n".join(" ".join(parts[start : start + _GROUP]) for start in range(0, len(parts), _GROUP))


def app_title(again: bool) -> str:
    """``again``: there is one already, and it is replaced."""
    return _("Sync authenticator app") if again else _("Authenticator app")


def app_steps(again: bool) -> str:
    """What to do with the code, in a column of 34 cells."""
    if again:
        return _(
            "Scan the code with the new app, or type the secret into it. The old one works until the new "
            "one is proven."
        )
    return _("Scan the code with your authenticator app, or type the secret into it.")


def added(kind: FactorKind, again: bool) -> str:
    """What has come about."""
    if again:
        return {
            FactorKind.APP: _(
                "The new authenticator app is in force. The old one gives no valid codes any more."
            ),
            FactorKind.SMS: _("Codes go to the new number from now on."),
        }[kind]
    return {
        FactorKind.APP: _("The authenticator app is set up. Your other sessions have ended."),
        FactorKind.SMS: _("Codes by SMS are set up. Your other sessions have ended."),
    }[kind]


def removal_note(last: bool) -> str:
    """What switching a factor off means; ``last``: there is no other."""
    if last:
        return _("Your password alone opens the door then, and the recovery code is void.")
    return _("Two-factor login stays on with the other factor.")


def removed(kind: FactorKind, left: Sequence[FactorKind]) -> str:
    """What has come about, and what still asks for a code."""
    gone = {
        FactorKind.APP: _("The authenticator app is removed."),
        FactorKind.SMS: _("Codes by SMS are switched off."),
    }[kind]
    after = _("Two-factor login stays on.") if left else _("Two-factor login is off.")
    return f"{gone} {after}"


# --- codes on their way -----------------------------------------------------------------------


def methods(state: TwoFactor) -> list[tuple[Method, str]]:
    """Where a code may come from that proves who one is, with the label of each."""
    labels = {
        Method.APP: _("app"),
        Method.SMS: _("SMS"),
        Method.RECOVERY: _("recovery code"),
    }
    found = [Method(kind.value) for kind in kinds(state) if kind is FactorKind.APP or state.sms_offered]
    if state.recovery_code_since is not None:
        found.append(Method.RECOVERY)
    return [(method, labels[method]) for method in found]


def delivery(code: SmsCode, wait: int, plain: bool = False) -> str:
    """How far a code has come; another one may be asked for in ``wait`` seconds."""
    to = {"phone": phone_words(code.phone, plain), "reason": visible(in_our_words(code.reason), _REASON)}
    if code.delivery is Delivery.FAILED:
        failed = _("! Not sent to %(phone)s: %(reason)s") if code.reason else _("! Not sent to %(phone)s.")
        said = failed % to
    elif code.delivery is Delivery.SENT:
        said = _("Sent to %(phone)s.") % to
    else:
        said = _("… On its way to %(phone)s.") % to
    if not wait:
        return said
    again = _("Another one in %(wait)s.") % {"wait": f"{wait // 60}:{wait % 60:02d}"}
    return f"{said} {again}"
