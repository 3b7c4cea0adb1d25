"""Why a backup cannot be made or restored, as sentences that say what to do."""

from __future__ import annotations

from vestibule.i18n import _


def sentences() -> dict[str, str]:
    """By problem code."""
    return {
        "backup_taken": _("There is a file of this name already. Name another one, or say --overwrite."),
        "backup_foreign": _("This is no backup of Vestibule. Nothing was changed."),
        "backup_damaged": _(
            "This backup is damaged, or a part of it is missing. Nothing was changed. "
            "Copy it again, or take another one."
        ),
        "backup_passphrase_needed": _(
            "This backup is encrypted. Put its passphrase into a file, and name that as --passphrase-file."
        ),
        "backup_passphrase_wrong": _(
            "This is not the passphrase of the backup, or its beginning is damaged. Nothing was changed."
        ),
        "key_elsewhere": _(
            "systemd hands the vault key over, so it cannot be changed from here: %(detail)s. "
            "Run this outside of the service, with the key in the state folder."
        ),
        "record_broken": _(
            "The record of decisions was altered; a new key would hide that. See: vestibule audit verify"
        ),
        "tables_newer": _(
            "A later version of Vestibule has made this. Update the one on this machine first. "
            "Nothing was changed."
        ),
        "key_taken": _(
            "Another vault key lies here already: %(detail)s. If no site needs it any more, move it away."
        ),
    }
