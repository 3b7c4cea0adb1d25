"""What F1 says: every field, row, list and button, what it means and what happens.

Each screen has a table from the ids of its controls to their sentences; ``PURPOSE`` is the screen itself.
What is explained elsewhere – the fields of a client, the rows of System and of the policy – is said in the
same words here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vestibule.i18n import _
from vestibule.models import Client, FactorKind, State
from vestibule.render import client_words
from vestibule.render.client_row import mark
from vestibule.render.help_dialogs import dialogs
from vestibule.render.security_words import factor_note

PURPOSE: Final = ""
"""The id under which a screen says what it is for."""


def about(screens: Sequence[str], ids: Iterable[str], site_zone: str) -> str:
    """What the first known of ``ids`` means on the first known of ``screens``; empty where nothing is known.

    ``screens`` and ``ids`` go from the most special to the most general.
    """
    tables = [*(_tables(site_zone).get(name, {}) for name in screens), _anywhere()]
    found = (table[id] for id in ids for table in tables if id in table)
    return next(found, "")


def purpose(screens: Sequence[str], site_zone: str) -> str:
    """What a screen is for; empty where it says so itself."""
    tables = _tables(site_zone)
    return next((tables[name][PURPOSE] for name in screens if PURPOSE in tables.get(name, {})), "")


def names() -> Mapping[str, str]:
    """What a control is called that bears no name: lists by their kind, a few by their id."""
    return {
        "ActivityRows": _("Activity"),
        "AdminList": _("Admin option"),
        "ClashRows": _("Rows changed by both"),
        "ClientList": _("Clients"),
        "CloudLink": _("Link for clients"),
        "CloudSiteRows": _("Sites of this cloud"),
        "CodeOnly": _("One-time code"),
        "DeviceList": _("Devices"),
        "DifferenceRows": _("Differences"),
        "LicenceList": _("Licence codes"),
        "Lines": _("Details"),
        "ModeToggle": _("Password or one-time code"),
        "OutstandingCodes": _("Outstanding codes"),
        "SiteRows": _("Sites"),
        "Sites": _("Sites"),
        "SmsList": _("Text messages"),
        "UploaderRows": _("Uploaders"),
        "VersionRows": _("Versions"),
        "Ways": _("Second factor"),
        "filter": _("Filter"),
        "presets": _("Valid until"),
    }


def state_of(client: Client, plain: bool) -> str:
    """What the mark before a client means; ``plain`` when the terminal has only a console font."""
    said = {
        State.PENDING: _(
            "%(mark)s not signed in yet. The time is that of the code; without one, n makes one."
        ),
        State.ACTIVE: _("%(mark)s has signed in and may come in."),
        State.EXPIRED: _(
            "%(mark)s expired: the time of this one, or of its code, is over. n makes a new code."
        ),
        State.DISABLED: _(
            "%(mark)s switched off by an admin: every way in is shut. d lets this one in again."
        ),
    }[client.state]
    return said % {"mark": mark(client.state, plain)}


def _tables(site_zone: str) -> Mapping[str, Mapping[str, str]]:
    return {
        "Login": _login(),
        "Setup": _setup(),
        "Sites": _sites(),
        "Clients": _clients(),
        "System": _system(),
        "Licences": _licences(),
        "TwoFactor": _two_factor(),
        "Activity": _activity(),
        "MySecurity": {PURPOSE: _my_security()},
        "Home": {PURPOSE: _home()},
        "Enrolment": _enrolment(),
        "ClientEditor": _client_editor(site_zone),
        **dialogs(),
    }


def _anywhere() -> Mapping[str, str]:
    """Controls that mean the same on every screen."""
    return {
        "cancel": _("Closes this and changes nothing. Esc does the same."),
        "close": _("Closes this. Esc does the same."),
        "filter": _(
            "Shows only clients whose name, code, username or profile has what you type. Enter goes to the "
            "list, Esc shows everybody again."
        ),
    }


# --- the entrance -----------------------------------------------------------------------------


def _login() -> Mapping[str, str]:
    return {
        PURPOSE: _(
            "Says who you are: by username and password, or by a one-time code somebody gave you. A device "
            "that signed in once may come back by itself (F3)."
        ),
        "ModeToggle": _(
            "Password: for who has a username. OTP: for who was given a one-time code. What you typed in the "
            "other one stays."
        ),
        "username": _("The name you sign in with. An admin can tell you yours."),
        "password": _(
            "Your password, shown as dots. Wrong ones slow the login down; an admin can never see it. If "
            "your account has a second factor, a second window asks for it."
        ),
        "code": _(
            "The 12 letters and digits you were given. Case, spaces and dashes do not matter; O is read as "
            "0, I and L as 1. It signs in once, and then this device is known."
        ),
        "name": _("How the people at the desk will see you: your code turns into this name."),
        "device": _("What this machine is called in the list of your devices."),
        "cancel": _("Leaves Vestibule. Nothing is sent."),
        "sign-in": _("Sends what you typed. Esc stops waiting for the answer; nothing typed is lost."),
        "language": _("What this screen speaks from now on."),
    }


def _setup() -> Mapping[str, str]:
    return {
        PURPOSE: _("Makes this machine's site: its name, the installer's password, its language."),
        "site-name": _("What people call the building. It stands over the login, and System can change it."),
        "password": _(
            "Of the account called “service”, which is the installer's and can do everything: 15 characters "
            "or more, a few words do. Keep it: nobody can look it up."
        ),
        "again": _("The same password once more, because dots cannot be read."),
        "language": _("Of the screens, and of messages to people who have not chosen their own."),
        "elsewhere": _("Opens a site of another machine; this one needs none of its own."),
        "create": _("Makes the site and signs you in as “service”."),
        "cancel": _("Leaves without making a site; asks first when something was typed."),
    }


def _sites() -> Mapping[str, str]:
    return {
        PURPOSE: _(
            "The sites this machine knows, the last used first, and whether each answers now. Looking signs "
            "nobody in."
        ),
        "SiteRows": _(
            "Enter goes to a site. “local”, “by the external address” and “through the cloud” are the path "
            "that answered; “not accepted yet” means that you have not seen its certificate. Del forgets a "
            "site on this machine only."
        ),
    }


# --- the sections -----------------------------------------------------------------------------


def _clients() -> Mapping[str, str]:
    return {
        PURPOSE: _(
            "Who may use the building: hand out one-time codes, see who came, take access away again."
        ),
        "ClientList": _(
            "One line per person. Until the first sign-in the one-time code stands in place of the name, "
            "with the time it still works. Enter edits; the keys below act on the line with the mark >."
        ),
    }


def _system() -> Mapping[str, str]:
    return {
        PURPOSE: _(
            "What the server itself is told. Edits are marked with * and wait; nothing is in force until u "
            "uploads them as a new version."
        ),
        "PropertyGrid": _("Space switches or takes the next value, Enter edits, r takes an edit back."),
    }


def _licences() -> Mapping[str, str]:
    return {
        PURPOSE: _("Who may use this desk, which one-time codes are out, and which licences the site has."),
        "AdminList": _(
            "[x] is an admin: may use this desk. Space gives or takes the Admin option at once; it may ask "
            "for your password. The service account keeps it, and nobody takes their own."
        ),
        "OutstandingCodes": _(
            "Codes that would still be taken, with the time left. Enter or v shows one as QR code, x makes "
            "it useless at once."
        ),
        "LicenceList": _(
            "Licence codes, what each is for, and for how many clients. Too few seats are told here and "
            "hinder nobody."
        ),
    }


def _two_factor() -> Mapping[str, str]:
    return {
        PURPOSE: _(
            "Who must prove who they are twice, what that needs of the server, and the messages sent."
        ),
        "PolicyRows": _(
            "Space turns a switch; you are told first how many clients it will ask. Enter edits how long a "
            "session lasts."
        ),
        "SmsList": _(
            "Text messages, newest first, and what became of each. A code itself is never shown. t sends one "
            "for trying out."
        ),
    }


def _activity() -> Mapping[str, str]:
    return {
        PURPOSE: _("Every decision there was: who did what, about whom, and what came of it."),
        "ActivityRows": _(
            "Newest first; what happens now comes in at the top. ! is before what was refused or failed. "
            "Enter shows the whole row, r only what was refused, o only the client of this row."
        ),
        "filter": _(
            "Shows only rows with all the words you type, wherever they stand: in a name, in what was done, "
            "in an address, in the details. Enter goes to the list, Esc shows everything again."
        ),
    }


def _my_security() -> str:
    return _(
        "Your own second factor and password. e sets a factor up, s moves the app to another phone, d "
        "switches a factor off, p changes the password, w shows where you are signed in. A lost phone is "
        "replaced once by the recovery code."
    )


def _home() -> str:
    return _(
        "Your own access: until when you may come in, on which days, and what you may open. Where the site "
        "has a cloud, also the project for your profile: g gets it, s saves a copy."
    )


def _enrolment() -> Mapping[str, str]:
    return {
        PURPOSE: _("This site asks for two factors. Set one up here; until then nothing else is open."),
        "app": factor_note(FactorKind.APP),
        "sms": factor_note(FactorKind.SMS),
        "sign-out": _("Ends this session. Your account stays as it is."),
    }


def _client_editor(site_zone: str) -> Mapping[str, str]:
    return {
        PURPOSE: _("One person's record. Nothing is kept until you save it with F2."),
        **client_words.explanations(site_zone),
    }
