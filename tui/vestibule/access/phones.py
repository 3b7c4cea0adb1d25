"""Telephone numbers: as people type them, as they are stored (E.164), and as much as may be shown.

phonenumbers takes 70 ms to import, so it is only imported for a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vestibule.access.refused import Refused

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LIMIT = 40
"""Characters of a typed number: 15 digits with a separator after each, and some more."""
_SEPARATORS = re.compile(r"[ ()./-]")
# Not \d, which takes the digits of every script.
_DIGITS = re.compile(r"\+?[0-9]+")
_SHOWN = 4
_NOWHERE = "001"
"""The region phonenumbers gives to satellite phones and worldwide services."""


def mobile(country: str, number: str) -> str:
    """``number``, typed in any way usual in ``country`` (an ISO region), as E.164: fit to get codes by SMS.

    With a country of its own (``+33…``, ``0033…``) it is judged by that one. Raises Refused on the field
    ``number``: ``phone_invalid`` for what is no such number, ``phone_landline``, and ``phone_premium`` for
    one that costs the caller or the called something special, or that nobody reads messages on.
    """
    typed = _digits(number, "number")
    # 00 is not the way abroad everywhere, but wherever else it is dialled it leads nowhere.
    parsed = _parsed(typed, country.upper()) or _parsed(_with_plus(typed), None)
    if parsed is None:
        raise Refused("phone_invalid", field="number")
    objection = _objection(parsed)
    if objection is not None:
        raise Refused(objection, field="number")
    return _e164(parsed)


def normal(number: str) -> str:
    """``number``, which must begin with its country (``+41…``, ``0041…``), as E.164; of any kind.

    Raises Refused ``phone_invalid`` on the field ``phone``.
    """
    parsed = _parsed(_with_plus(_digits(number, "phone")), None)
    if parsed is None:
        raise Refused("phone_invalid", field="phone")
    return _e164(parsed)


def masked(e164: str) -> str:
    """What may be shown of a number to who only knows its password: ``•••• 4412``."""
    return f"•••• {e164[-_SHOWN:]}"


def region(e164: str) -> str | None:
    """The ISO region a number belongs to; None for no number, and for those of no country."""
    import phonenumbers

    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None
    return None if found == _NOWHERE else found


def _digits(number: str, field: str) -> str:
    """The digits of what was typed, with the plus if there is one."""
    digits = _SEPARATORS.sub("", number) if len(number) <= _LIMIT else ""
    if not _DIGITS.fullmatch(digits):
        raise Refused("phone_invalid", field=field)
    return digits


def _with_plus(digits: str) -> str:
    return "+" + digits[2:] if digits.startswith("00") else digits


def _parsed(digits: str, country: str | None) -> PhoneNumber | None:
    """The number, None if there can be no such number; without ``country`` it must begin with a plus."""
    import phonenumbers

    try:
        # Given both, phonenumbers takes a plus before no country's code for a slip.
        parsed = phonenumbers.parse(digits, None if digits.startswith("+") else country)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None


def _objection(parsed: PhoneNumber) -> str | None:
    """Why no code is sent to a number, as a problem code."""
    import phonenumbers
    from phonenumbers import PhoneNumberType

    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.FIXED_LINE:
        return "phone_landline"
    unfit = {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PAGER,
        PhoneNumberType.PERSONAL_NUMBER,  # Britain's 070 is a favourite of toll fraud
    }
    # Satellite phones are mobile by kind; a message costs whatever their operator asks for.
    if kind in unfit or phonenumbers.region_code_for_number(parsed) == _NOWHERE:
        return "phone_premium"
    return None


def _e164(parsed: PhoneNumber) -> str:
    import phonenumbers

    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
