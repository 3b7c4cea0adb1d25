"""The one way a rule says no, and the list of everything it can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True)
class Kind:
    """One reason: its HTTP status and its English title."""

    status: int
    title: str


PROBLEMS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        # The request
        "malformed": Kind(400, "The request could not be read."),
        "invalid": Kind(422, "A field of the request is not valid."),
        "body_too_large": Kind(413, "The request is too large."),
        "headers_too_large": Kind(431, "The request's headers are too large."),
        "too_slow": Kind(408, "The request took too long to arrive."),
        "unencrypted": Kind(403, "This server is not reached unencrypted."),
        "not_found": Kind(404, "There is nothing at this address."),
        "method_not_allowed": Kind(405, "This address does not know that method."),
        "failed": Kind(500, "The server made a mistake. It is in its log."),
        # Signing in
        "not_signed_in": Kind(401, "Sign in first."),
        "session_ended": Kind(401, "The session has ended. Sign in again."),
        "session_idle": Kind(401, "Nothing was done for a while. Sign in again."),
        "session_over": Kind(401, "The session has reached its longest time. Sign in again."),
        "password_wrong": Kind(401, "The username or the password is wrong."),
        "code_unknown": Kind(401, "There is no such code. Check it, or ask for a new one."),
        "code_used": Kind(401, "This code was used already. Ask for a new one."),
        "code_expired": Kind(401, "This code has expired. Ask for a new one."),
        "code_revoked": Kind(401, "This code was revoked. Ask for a new one."),
        "code_incomplete": Kind(422, "A code has 12 letters and digits."),
        "name_needed": Kind(422, "A name is needed for the first login."),
        "device_unknown": Kind(401, "This device is not known here any more."),
        "device_signin_off": Kind(403, "This site does not sign devices in automatically."),
        "code_signin_off": Kind(403, "This site does not use one-time codes."),
        "too_many_attempts": Kind(429, "Too many wrong attempts. Wait before trying again."),
        "factor_disabled": Kind(403, "Too many wrong attempts. An admin must set this up anew."),
        "second_factor_needed": Kind(401, "A second factor is needed now. Sign in again."),
        "enrolment_needed": Kind(403, "This site asks for two factors. Set one up first."),
        "challenge_ended": Kind(401, "This login took too long. Start again."),
        "factor_code_incomplete": Kind(422, "This code has 6 digits."),
        "factor_code_wrong": Kind(401, "This code is not right."),
        "factor_code_used": Kind(401, "This code was used already. Wait for the next one."),
        "factor_code_expired": Kind(401, "This code has expired. Ask for a new one."),
        "clock_differs": Kind(401, "The phone's clock is wrong. Set it to automatic time."),
        "recovery_code_incomplete": Kind(422, "A recovery code has 24 letters and digits."),
        "recovery_code_wrong": Kind(401, "This is not the recovery code in force."),
        "sms_code_missing": Kind(409, "No code was sent yet. Ask for one first."),
        "busy": Kind(503, "The server has too much to do. Try again in a moment."),
        "stopping": Kind(503, "The server is being stopped."),
        # A client's standing
        "client_disabled": Kind(403, "This access is switched off."),
        "client_expired": Kind(403, "This access has ended."),
        "client_not_yet_valid": Kind(403, "This access is not valid yet."),
        "client_outside_hours": Kind(403, "This access is not valid at this hour."),
        "client_local_only": Kind(403, "This access is for the building's own network only."),
        # Rights
        "admin_needed": Kind(403, "Only an admin may do this."),
        "service_needed": Kind(403, "Only the service account may do this."),
        "reauthentication_needed": Kind(403, "Type your password again to do this."),
        "last_admin": Kind(409, "Somebody must stay an admin without an end."),
        "not_yourself": Kind(403, "You cannot do this to your own access."),
        "service_fixed": Kind(409, "The service account cannot be removed, disabled or made ordinary."),
        "service_has_password": Kind(409, "The service account signs in by password, not by code."),
        "password_missing": Kind(409, "This client has no password yet."),
        # Devices and sessions
        "device_gone": Kind(404, "There is no such device any more."),
        "session_gone": Kind(404, "There is no such session any more."),
        # Two-factor login
        "factor_unknown": Kind(404, "This factor is not set up."),
        "factor_setup_ended": Kind(409, "This set-up has ended. Start it again."),
        "factor_required": Kind(409, "This site asks for a second factor. Set up another one first."),
        "service_reset": Kind(403, "The service account is reset on the server's own console only."),
        "sms_off": Kind(403, "This site sends no codes by text message."),
        "sms_not_set_up": Kind(409, "No SMS gateway is set up on the server."),
        "sms_too_soon": Kind(429, "A message has just been sent. Wait before asking for another."),
        "sms_limit": Kind(429, "Too many messages were sent. Wait before asking for another."),
        "sms_prefix": Kind(422, "This site sends no messages to that country."),
        "sms_unknown": Kind(404, "There is no such message."),
        # Clients
        "client_unknown": Kind(404, "There is no such client."),
        "client_ambiguous": Kind(409, "Several clients match; name one by its id."),
        "code_missing": Kind(404, "This client has no code that could be used."),
        "username_taken": Kind(409, "Another client has this username."),
        "username_invalid": Kind(
            422, "A username has 2 to 32 letters a-z, digits, dots, dashes or underscores."
        ),
        "text_too_long": Kind(422, "This text is too long."),
        "text_hidden_characters": Kind(422, "This text holds characters that cannot be seen."),
        "text_too_many_marks": Kind(422, "This text stacks too many marks on one letter."),
        "time_unreadable": Kind(422, "Write a date as 2026-12-31 or a time as 2026-12-31T18:00."),
        "validity_reversed": Kind(422, "The end lies before the beginning."),
        "hours_empty": Kind(422, "The daily hours begin and end at the same time."),
        "phone_invalid": Kind(422, "Write the phone number with its country: +41 79 123 45 67."),
        "phone_landline": Kind(422, "A landline cannot receive messages. Give a mobile number."),
        "phone_premium": Kind(422, "No code is sent to such a number. Give a mobile number."),
        "cursor_invalid": Kind(400, "This list cannot be continued from there. Start anew."),
        # Licences
        "licence_exists": Kind(409, "This licence code is here already."),
        "licence_invalid": Kind(422, "A licence code has 4 to 64 letters, digits and dashes."),
        "licence_unknown": Kind(404, "There is no such licence."),
        "component_needed": Kind(422, "Say which component the licence is for."),
        # System
        "version_needed": Kind(428, "Say which version you looked at, by If-Match."),
        "version_stale": Kind(412, "Somebody else has uploaded in the meantime."),
        "nothing_changed": Kind(409, "Nothing would change."),
        "property_unknown": Kind(422, "There is no such property."),
        "property_kind": Kind(422, "This property takes another kind of value."),
        "system_name_needed": Kind(422, "The system needs a name."),
        "choice_invalid": Kind(422, "This is none of the choices."),
        "serial_invalid": Kind(422, "A serial number has 4 to 32 letters, digits and dashes."),
        "latitude_invalid": Kind(422, "A latitude lies between -90 and 90 degrees."),
        "longitude_invalid": Kind(422, "A longitude lies between -180 and 180 degrees."),
        "address_invalid": Kind(422, "This is not an IP address."),
        "host_invalid": Kind(422, "This is neither an IP address nor a host name."),
        "port_invalid": Kind(422, "A port lies between 1 and 65535."),
        "knx_invalid": Kind(422, "A KNX address is area.line.device: up to 15.15.255."),
        "vnc_password_length": Kind(422, "A VNC password has 6 to 8 letters, digits or signs."),
        "secret_missing": Kind(404, "This secret is not set."),
        # The project
        "version_unknown": Kind(404, "There is no such version, or it is not kept any more."),
        "package_unknown": Kind(404, "There is no such package."),
        "package_incomplete": Kind(409, "This package has not arrived completely."),
        "package_too_large": Kind(413, "A package has 2 GiB at most, and no more bytes than announced."),
        "package_offset": Kind(409, "The package continues elsewhere; the detail says where."),
        "package_other_size": Kind(409, "This package was announced with another size."),
        "package_damaged": Kind(422, "The package arrived damaged. Upload it again."),
        "package_in_use": Kind(409, "A version has this package."),
        # The cloud
        "cloud_site_exists": Kind(409, "The cloud has a site with this serial number already."),
        "cloud_site_unknown": Kind(404, "The cloud has no such site, or it is not to be found."),
        "cloud_password_wrong": Kind(401, "The serial number or the password for cloud is wrong."),
        "cloud_key_changed": Kind(409, "This serial number has registered with another key."),
        "cloud_key_invalid": Kind(422, "This is not a public key."),
        "cloud_not_registered": Kind(409, "This site has not registered with the cloud yet."),
        "cloud_token_unknown": Kind(401, "The cloud does not know this token."),
        "cloud_full": Kind(409, "The cloud keeps no more for this site."),
        "cloud_forged": Kind(422, "The signature does not fit."),
        "cloud_version_differs": Kind(409, "The cloud has another version of this number."),
        "cloud_base_stale": Kind(409, "This builds on another version than the site has."),
        "cloud_replayed": Kind(409, "The cloud has heard something newer already."),
        "cloud_ticket_refused": Kind(401, "This ticket is not valid any more."),
        "cloud_profile_empty": Kind(404, "There is no package for this profile."),
        "cloud_off": Kind(409, "This site has no cloud."),
        "cloud_access_off": Kind(403, "This client may not use the cloud."),
        "cloud_address_missing": Kind(409, "The host's settings name no cloud."),
        "cloud_address_invalid": Kind(409, "The cloud in the host's settings cannot be meant."),
        "cloud_serial_missing": Kind(409, "The cloud needs the serial number."),
        "cloud_password_missing": Kind(409, "The cloud needs the password for cloud."),
        "cloud_unreachable": Kind(503, "The cloud does not answer."),
        "cloud_certificate_differs": Kind(503, "The cloud shows another certificate."),
        "cloud_strange": Kind(503, "The cloud answers something else."),
        "signer_unknown": Kind(404, "This site does not know who signed it."),
        "signer_exists": Kind(409, "This site knows this key already."),
        "update_other_site": Kind(409, "This version is for another site."),
        "update_too_old": Kind(409, "This version was signed too long ago."),
        "update_of_ways": Kind(409, "An update does not change how the site is reached."),
        "update_keeps_one": Kind(409, "The site keeps one version only: there would be no way back."),
        "hook_failed": Kind(409, "An apply hook failed."),
        # Passwords
        "password_short": Kind(422, "A password has at least 15 characters; a few words do."),
        "password_common": Kind(422, "This password is easy to guess. Put a few unrelated words together."),
        # The store
        "site_exists": Kind(409, "There is a site here already."),
        "no_site": Kind(503, "There is no site here yet."),
        "site_moved": Kind(503, "The site was moved into another database."),
        "target_taken": Kind(409, "There is a site in that database already."),
        "database_unreachable": Kind(503, "The database cannot be reached."),
        "database_refused": Kind(503, "The database does not let this server in."),
        "database_address": Kind(503, "The address of the database cannot be used."),
        "database_password_open": Kind(503, "The address of the database shows its password."),
        "database_driver_missing": Kind(503, "The driver for PostgreSQL is not installed."),
        "backup_taken": Kind(409, "There is a file of this name already."),
        "backup_foreign": Kind(422, "This is no backup."),
        "backup_damaged": Kind(422, "The backup is damaged or was cut off."),
        "backup_passphrase_needed": Kind(422, "The backup is encrypted."),
        "backup_passphrase_wrong": Kind(422, "The passphrase does not open the backup."),
        "key_elsewhere": Kind(409, "The vault key is handed over by the system."),
        "record_broken": Kind(409, "The record of decisions was altered."),
        "tables_newer": Kind(503, "The tables are of a later version."),
        "key_taken": Kind(409, "Another vault key is here already."),
        "copy_differs": Kind(503, "The copy differs from the original; nothing was changed."),
        "database_busy": Kind(503, "The database is busy. Try again in a moment."),
        "database_read_only": Kind(503, "The database cannot be written."),
        "database_damaged": Kind(503, "The database is damaged."),
        "disk_full": Kind(503, "The disk is full or failing; nothing was changed."),
        "files_loose": Kind(503, "Files of the site are open to other users of this machine."),
        "files_unreadable": Kind(503, "Files of the site cannot be read."),
        "key_missing": Kind(503, "The vault key is missing."),
        "key_unreadable": Kind(503, "The vault key cannot be read."),
        "key_wrong": Kind(503, "The vault key belongs to another site."),
        "vault_damaged": Kind(503, "A secret in the database was altered."),
    }
)


@dataclass
class Refused(Exception):
    """A rule says no. ``code`` is a key of :data:`PROBLEMS`; the rest helps to say why."""

    code: str
    field: str | None = None
    retry_after: int | None = None
    at: datetime | None = None
    hours: str | None = None
    detail: str = ""
    version: int | None = None
    audited: dict[str, Any] | None = None
    """Columns for an audit row of this refusal, written after the transaction was undone."""

    def __post_init__(self) -> None:
        super().__init__(self.code)

    @property
    def kind(self) -> Kind:
        """Status and title."""
        return PROBLEMS[self.code]
