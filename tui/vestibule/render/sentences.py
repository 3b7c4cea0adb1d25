"""Problem codes as sentences that say what to do, in the person's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vestibule.i18n import _, ngettext
from vestibule.models import Problem
from vestibule.render import cloud_words, keeping_words
from vestibule.render.when import moment, weekday, zone
from vestibule.text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def sentence(problem: Problem, site: ZoneInfo | None = None) -> str:
    """What ``problem`` means for the person; times are those of the site's zone."""
    if problem.code == "clock_differs":
        return _clock(problem.detail)
    if problem.code == "invalid":
        from vestibule.render.rule_words import rule  # its patterns take a millisecond to make

        return rule(problem.detail, problem.field or "")
    known = _sentences().get(problem.code)
    if known is None:
        return visible(problem.title)
    filled = known % {
        "at": _at(problem, site),
        "hours": visible(problem.hours or ""),
        "days": _days(problem.detail),
        "wait": _wait(problem.retry_after or 1),
        "detail": visible(problem.detail),
    }
    return filled.rstrip()


def about_file(code: str, key: str = "") -> str:
    """Why a ``.vestibule`` file cannot be taken; ``key`` is the setting it is about, foreign text."""
    return _files()[code] % {"key": visible(key, NAME_LIMIT)}


def unkept(why: str) -> str:
    """That nothing is remembered on this machine; ``why`` is the system's word."""
    return _("This machine's disk cannot be written (%s): nothing is remembered here.") % visible(why)


def of_code(code: str) -> str:
    """What a problem code means when this side has found the problem itself."""
    return sentence(Problem(type="", title=code, status=422, code=code))


def codes() -> Iterable[str]:
    """All problem codes that have a sentence here."""
    return _sentences()


def _at(problem: Problem, site: ZoneInfo | None) -> str:
    return moment(problem.at, datetime.now(UTC), site or zone("UTC")) if problem.at else "?"


def _days(detail: str) -> str:
    numbers = [int(part) for part in detail.split(",") if part.isdecimal() and 1 <= int(part) <= 7]
    return " " + ", ".join(weekday(number) for number in numbers) if numbers else ""


def _clock(detail: str) -> str:
    """``detail``: seconds by which the phone is ahead, negative when it is behind."""
    seconds = int(detail) if detail.lstrip("-").isdecimal() else 0
    minutes = max(1, round(abs(seconds) / 60))
    by = ngettext("%d minute", "%d minutes", minutes) % minutes
    if seconds < 0:
        return _("This code is about %s old. If it is the newest, set your phone to automatic time.") % by
    return _("Your phone's clock is about %s ahead. Set it to automatic time, then try again.") % by


def _wait(seconds: int) -> str:
    if seconds < 120:
        return ngettext("%d second", "%d seconds", seconds) % seconds
    minutes = -(-seconds // 60)
    return ngettext("%d minute", "%d minutes", minutes) % minutes


def _sentences() -> dict[str, str]:
    return {
        **_signing_in(),
        **_standing(),
        **_rights(),
        **_fields(),
        **_two_factor(),
        **_licences(),
        **_system(),
        **_project(),
        **cloud_words.sentences(),
        **_store(),
        **keeping_words.sentences(),
    }


def _signing_in() -> dict[str, str]:
    return {
        "not_signed_in": _("Sign in first."),
        "session_ended": _("The session has ended. Sign in again."),
        "session_idle": _("Nothing was done here for a while, so you were signed out. Sign in again."),
        "session_over": _("You were signed in for as long as the site allows. Sign in again."),
        "password_wrong": _("The username or the password is wrong."),
        "code_unknown": _("There is no such code. Check it, or ask for a new one."),
        "code_used": _("This code was used already (%(at)s). Ask for a new one."),
        "code_expired": _("This code expired at %(at)s. Ask for a new one."),
        "code_revoked": _("This code was revoked at %(at)s. Ask for a new one."),
        "code_incomplete": _("A code has 12 letters and digits, like 7KQM-4XPT-9D2H."),
        "name_needed": _("Type your name too: it is shown in place of the code."),
        "device_unknown": _("This device is not known here any more. Sign in with a code or a password."),
        "device_signin_off": _("This site does not sign devices in by themselves."),
        "code_signin_off": _("This site does not use one-time codes. Sign in by password."),
        "too_many_attempts": _("Too many wrong attempts. Try again in %(wait)s."),
        "factor_disabled": _("Too many wrong attempts. Ask an admin to set this up anew."),
        "busy": _("The server has too much to do. Try again in a moment."),
        "stopping": _("The server is being stopped. Try again in a moment; what has arrived is kept."),
    }


def _two_factor() -> dict[str, str]:
    return {
        "second_factor_needed": _("A second factor is needed now. Sign in again."),
        "enrolment_needed": _("This site asks for two factors. Set one up first."),
        "challenge_ended": _("This login took too long. Start again."),
        "factor_code_incomplete": _("This code has 6 digits, like 123 456."),
        "factor_code_wrong": _("This code is not right. Check it, or use a newer one."),
        "factor_code_used": _("This code was used already. Wait for the next one."),
        "factor_code_expired": _("This code has expired. Ask for a new one."),
        "recovery_code_incomplete": _("A recovery code has 24 letters and digits in six groups."),
        "recovery_code_wrong": _("This is not the recovery code in force."),
        "sms_code_missing": _("No code was sent yet. Ask for one first."),
        "factor_unknown": _("This is not set up, or somebody has just removed it."),
        "factor_setup_ended": _("This set-up has ended. Start it again."),
        "factor_required": _("This site asks for a second factor. Set up another one first."),
        "service_reset": _("The service account is reset on the server only: vestibule two-factor reset"),
        "sms_off": _("This site sends no codes by text message."),
        "sms_not_set_up": _("The server has no SMS gateway yet: its config.toml names one under [sms]."),
        "sms_too_soon": _("A message has just been sent. Ask for another in %(wait)s."),
        "sms_limit": _("Too many messages were sent. Ask again in %(wait)s, or use another way."),
        "sms_prefix": _("This site sends no messages to that country. Use another number."),
        "sms_unknown": _("There is no such message, or it is not kept any more."),
    }


def _standing() -> dict[str, str]:
    return {
        "client_disabled": _("This access is switched off. Ask the admin."),
        "client_expired": _("This access ended %(at)s. Ask the admin."),
        "client_not_yet_valid": _("This access begins %(at)s."),
        "client_outside_hours": _("This access is valid%(days)s %(hours)s only."),
        "client_local_only": _(
            "This access works from the building's own network only. Connect there, or ask the admin."
        ),
    }


def _rights() -> dict[str, str]:
    return {
        "admin_needed": _("Only an admin may do this."),
        "service_needed": _("Only the service account may do this."),
        "reauthentication_needed": _("Type your password again to do this."),
        "last_admin": _("Somebody must stay an admin without an end. Make another client an admin first."),
        "not_yourself": _("You cannot do this to your own access."),
        "service_fixed": _("The service account cannot be removed, disabled or made ordinary."),
        "service_has_password": _("The service account signs in by password, not by code."),
        "password_missing": _("You have no password yet. Set one first."),
        "device_gone": _("This device is not there any more. Perhaps somebody has just ended it."),
        "session_gone": _("This session is over. Perhaps somebody has just ended it."),
        "client_unknown": _("There is no such client. Perhaps somebody has just removed it."),
        "client_ambiguous": _("Several clients match. Name one by its id, see: vestibule clients list"),
        "code_missing": _("This client has no code that could be used."),
    }


def _fields() -> dict[str, str]:
    return {
        "username_taken": _("Another client has this username. Choose another."),
        "username_invalid": _("A username has 2 to 32 letters a-z, digits, dots, dashes or underscores."),
        "text_too_long": _("This text is too long: 64 characters at most, 500 in a note."),
        "text_hidden_characters": _("This text holds characters that cannot be seen. Type it again."),
        "text_too_many_marks": _("This text stacks too many marks on one letter. Type it again."),
        "time_unreadable": _("Write a date as 2026-12-31 or a time as 2026-12-31 18:00."),
        "validity_reversed": _("The end lies before the beginning."),
        "hours_empty": _("The daily hours begin and end at the same time."),
        "phone_invalid": _("Write the phone number with its country: +41 79 123 45 67."),
        "phone_landline": _("This is a landline, which cannot receive messages. Give a mobile number."),
        "phone_premium": _("No code is sent to a number of this kind. Give a mobile number."),
        "password_short": _("Use at least 15 characters; a few words do."),
        "password_common": _("This is easy to guess. Put a few unrelated words together."),
        "body_too_large": _("This is too large to send."),
        "too_slow": _("This took too long to send. Check the connection, then try again."),
        "unencrypted": _("This server is not reached unencrypted. Use its address with https://."),
    }


def _licences() -> dict[str, str]:
    return {
        "licence_exists": _("This licence code is here already."),
        "licence_invalid": _("A licence code has 4 to 64 letters, digits and dashes."),
        "licence_unknown": _("There is no such licence. Perhaps somebody has just removed it."),
        "component_needed": _("Say which component the licence is for, like KNX or Clients."),
    }


def _system() -> dict[str, str]:
    return {
        "version_needed": _("Say which version you looked at before you changed it."),
        "version_stale": _("Somebody else has uploaded in the meantime. Compare, then upload again."),
        "nothing_changed": _("Nothing would change. Edit something first."),
        "property_unknown": _("There is no such property. See: vestibule system show"),
        "property_kind": _("This property takes another kind of value."),
        "system_name_needed": _("The system needs a name: it is shown wherever people sign in."),
        "choice_invalid": _("Choose one of those offered."),
        "serial_invalid": _("A serial number has 4 to 32 letters, digits and dashes."),
        "latitude_invalid": _("Write the latitude in degrees between -90 and 90, like 47.3769."),
        "longitude_invalid": _("Write the longitude in degrees between -180 and 180, like 8.5417."),
        "address_invalid": _("Write an IP address like 192.168.1.10."),
        "host_invalid": _("Write an IP address like 203.0.113.7 or a host name like haus.example.org."),
        "port_invalid": _("Write a port between 1 and 65535, like 7550."),
        "knx_invalid": _("Write a KNX address like 1.1.250: area and line to 15, device to 255."),
        "vnc_password_length": _("A VNC password has 6 to 8 characters without accents."),
        "secret_missing": _("This secret is not set, so there is nothing to show."),
    }


def _project() -> dict[str, str]:
    return {
        "version_unknown": _("There is no such version, or it is not kept any more."),
        "package_unknown": _("The server does not have this package. Upload it again."),
        "package_incomplete": _("This package has not arrived completely. Upload it again: it continues."),
        "package_too_large": _("A package has 2 GiB at most, and no more bytes than announced."),
        "package_offset": _("Somebody else uploads this package too. Upload it again: it continues."),
        "package_other_size": _("This package was announced with another size. Forget that upload first."),
        "package_damaged": _("The package arrived damaged and was thrown away. Upload it again."),
        "package_in_use": _("A version has this package, so it stays."),
    }


def _files() -> dict[str, str]:
    return {
        "file_exists": _("There is a file of this name already."),
        "file_no_zip": _("This is no .vestibule file."),
        "file_content": _("This is no .vestibule file: something else is in it, or something is missing."),
        "file_format": _("This file was made by another version of Vestibule, which this one cannot read."),
        "file_encrypted": _("This file is encrypted. A .vestibule file never is."),
        "file_too_large": _("This file holds more than a .vestibule file may."),
        "file_damaged": _("This file is damaged. Export it again, or copy it again."),
        "file_setting": _("This file has a value that may not stand in the property %(key)s."),
        "file_setting_unknown": _("This file sets %(key)s, which a .vestibule file may not."),
    }


def _store() -> dict[str, str]:
    return {
        "site_exists": _("There is a site on this machine already."),
        "no_site": _("There is no site on this machine yet. Run: vestibule setup"),
        "site_moved": _(
            "This site was moved into another database: name that in config.toml, under [database]. "
            "For a new site, delete site.db.moved or take an empty database."
        ),
        "target_taken": _(
            "There is a site already, or what is left of a move that was cut off. Name an empty database, "
            "or remove the file."
        ),
        "database_unreachable": _("The database cannot be reached. Try again in a moment. %(detail)s"),
        "database_refused": _("The database refuses this server. Check user and password. %(detail)s"),
        "database_address": _("Write the database's address like postgresql://user@host/name."),
        "database_password_open": _(
            "Others can read the database's address: put its password into a file of your own, and name that"
            " as password_file under [database] in config.toml."
        ),
        "database_driver_missing": _("For PostgreSQL install the extra: pip install 'vestibule[postgres]'"),
        "copy_differs": _("The copy of %(detail)s differs. Nothing was changed: the site is where it was."),
        "database_busy": _("The database is busy. Try again in a moment."),
        "database_read_only": _("The database cannot be written. Check the disk and the file's owner."),
        "database_damaged": _("The database is damaged. Restore a backup."),
        "disk_full": _("The disk is full or failing; nothing was changed."),
        "files_loose": _("Other users of this machine may read %(detail)s. Run: chmod go-rwx on it."),
        "files_unreadable": _("Files of the site cannot be read: %(detail)s"),
        "key_missing": _("The vault key is missing: %(detail)s. Restore it from where you keep it."),
        "key_unreadable": _("The vault key cannot be read: %(detail)s"),
        "key_wrong": _(
            "The vault key belongs to another site, or was changed elsewhere: then copy it from there."
        ),
        "vault_damaged": _("A secret in the database was altered."),
        "failed": _("The server made a mistake. It is in its log."),
    }
