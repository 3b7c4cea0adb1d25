"""What F1 says in the dialogs: see ``help_words``."""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.i18n import _
from vestibule.models import FactorKind
from vestibule.render.security_words import factor_note


def dialogs() -> Mapping[str, Mapping[str, str]]:
    """Screen → id of a control → its sentences; the id ``""`` is the dialog itself.

    A dialog without that id says what it is for in its own first sentence.
    """
    of_sections = {**_of_system(), **_of_cloud(), **_of_licences(), **_of_activity()}
    return {**_questions(), **of_sections, **_own(), **_factors(), **_entrance()}


def _questions() -> Mapping[str, Mapping[str, str]]:
    return {
        "Confirmation": {
            "no": _("Leaves everything as it is. Esc does the same."),
            "yes": _("Does what is asked here, at once."),
        },
        "Question": {
            "line": _("Type the answer; Enter takes it, and says so if it cannot be taken."),
            "go": _("Takes what stands in the line."),
        },
        "Reauthentication": {
            "": _("Some acts need a fresh proof that it is still you. It lasts for a few minutes."),
            "password": _("The password you signed in with, or the service account's own."),
            "go": _("Sends the password and goes on with what you were doing."),
        },
        "UserMenu": {
            "": _("What concerns yourself, wherever you are."),
            "my_security": _("Your second factors, your password."),
            "sync": _("Moves your authenticator app to another phone: a new secret replaces the old one."),
            "change_password": _("Sets another password; your other sessions end."),
            "project": _("What the site's cloud has for your profile, and whether it is on this machine."),
            "sites": _(
                "Other sites that this machine knows. Your session here goes on until its time is over."
            ),
            "cloud_sites": _("The sites that this server is the cloud of."),
            "sign_out": _("Ends this session, after asking."),
            "choose_theme": _("Other colours: dark, light, more contrast, the terminal's own."),
        },
        "KeyTable": {"": _("The keys that do something on the screen below.")},
        "CodeOnly": {
            "": _("Turn this towards the guest. It closes by itself once the code is used or has expired.")
        },
        "ThemeChoice": {
            "": _("Dark, light, more contrast, or the terminal's own colours."),
            "PushButton": _("Puts these colours on at once, and next time too. * marks those you have now."),
        },
    }


def _of_system() -> Mapping[str, Mapping[str, str]]:
    return {
        "Editor": {
            "": _("One row of System. What is kept is staged, and in force once it is uploaded (u)."),
            "again": _("The same once more, because dots cannot be read."),
            "keep": _("Stages the value and closes; an unfit one is objected to."),
        },
        "Upload": {
            "": _("Makes what is staged a new version on the server. It is in force at once."),
            "DifferenceRows": _("What would change: the row, its value in force, the new one."),
            "hooks": _("What the site's own programs said, which run after an upload."),
            "note": _("What this version is for; it stands in the list of versions."),
            "go": _("Sends everything. Until the version is made, Esc stops it and nothing has changed."),
            "cancel": _("Leaves; the edits stay staged."),
        },
        "Versions": {
            "": _("Every upload is a version. Compare two, go back to one, write one to a file or read it."),
            "VersionRows": _("Newest first: number, time, by whom, note. Enter goes to the details below."),
            "detail": _("What this version changed, its package and what the site's programs said of it."),
        },
        "Comparison": {
            "": _("What differs between two versions."),
            "DifferenceRows": _("The row, its value in the one version, its value in the other."),
        },
        "Conflict": {
            "": _("Somebody has uploaded since you began. Say for each row whose value shall stand."),
            "ClashRows": _("(x) is the value that will stand. Space takes the other one."),
            "go": _("Uploads with the values marked (x)."),
            "cancel": _("Uploads nothing; your edits stay as they were."),
        },
        "SecretShown": {"hide": _("Takes the secret off the screen now.")},
    }


def _of_cloud() -> Mapping[str, Mapping[str, str]]:
    return {
        "Cloud": {
            "": _(
                "The server that makes this site reachable from anywhere. What it may do, the site decides."
            ),
            "facts": _(
                "How the site stands with its cloud. The key is the same wherever it is shown: who comes by "
                "the link compares it."
            ),
            "UploaderRows": _(
                "Whose versions the site takes from the cloud, each by a key of its own. Compare it with its "
                "owner; Del takes nothing more from this one."
            ),
        },
        "CloudLink": {
            "": _("By this link clients find the site from anywhere, in Vestibule. It brings no code.")
        },
        "UploaderEditor": {
            "name": _("Who it is. It stands beside each version that came so."),
            "key": _("43 letters, digits, - and _: what “vestibule cloud keygen” has shown the owner."),
            "save": _("Adds the uploader. It counts at once."),
        },
        "CloudSites": {
            "": _("Which sites may register with this cloud, and what it knows of each."),
            "CloudSiteRows": _(
                "Serial number, last contact, newest version, last update. ! is a site whose password for "
                "cloud somebody else knew: z gives it another one."
            ),
            "detail": _("All that this cloud knows of the site under the mark >."),
            "filter": _("Shows only sites whose serial number has what you type. Esc shows all again."),
        },
        "CloudSiteEditor": {
            "serial": _("As the site's System says: letters, digits and dashes."),
            "save": _("Lets the site register, and shows its password for cloud."),
        },
        "CloudPassword": {
            "": _("The installer types it into System there: Password for cloud."),
            "copy": _("Sends the password to the clipboard of your terminal. Not every terminal takes it."),
            "hide": _("Takes the password off the screen for good."),
        },
    }


def _of_licences() -> Mapping[str, Mapping[str, str]]:
    return {
        "LicenceEditor": {
            "": _("Takes up a licence of the site."),
            "code": _("As the supplier wrote it. Capital and small letters are the same."),
            "component": _("What the licence is for, such as KNX or clients."),
            "seats": _("For how many clients it counts; 0 if it is not counted by clients."),
            "save": _("Adds the licence; it counts at once."),
        }
    }


def _of_activity() -> Mapping[str, Mapping[str, str]]:
    return {
        "ActivityDetail": {
            "": _("One row of the record with everything that is known of it."),
            "row": _("Arrows move the text where it is long. The head proves later that this row was there."),
        },
        "ActivityCheck": {
            "": _("Finds rows that were altered or removed, and against a head kept earlier a cut end."),
            "head": _(
                "The head of an earlier verification: that of the last one on this machine, or one that you "
                "have kept elsewhere and paste here. Empty compares with nothing."
            ),
            "go": _("Verifies again, with the head that stands there."),
            "cancel": _("Stops what goes on, else closes this. Esc does the same."),
        },
        "ActivityExport": {
            "": _("Writes what the list shows to a file that only you may read."),
            "line": _("Where to. For a folder, the name suggested here is used in it."),
            "go": _("Writes the file, all of it or nothing; one that is there already is asked about."),
        },
    }


def _own() -> Mapping[str, Mapping[str, str]]:
    return {
        "NewPassword": {
            "": _("Sets the password that you sign in with."),
            "current": _("The password you have now. Who has none yet is not asked for it."),
            "new": _("15 characters or more: a few words that have nothing to do with each other."),
            "again": _("The same once more, because dots cannot be read."),
            "save": _("Sets the password. Your other sessions end, this one goes on."),
        },
        "Devices": {
            "": _("Every machine that is remembered and every session that is open, the last seen first."),
            "DeviceList": _(
                "One line per device, or session without one. e ends the one with the mark >: it is signed "
                "out at once, and a device is forgotten. a ends all but the one you sit at."
            ),
        },
        "ProjectShown": {
            "": _(
                "The building's project as it is meant for your profile, from the site's cloud. It is "
                "fetched by itself where the site has Automatic connection on and the line is not slow."
            ),
            "get": _("Brings it to this machine. Cut off, it goes on by itself where it was."),
            "stop": _("Stops it; what has arrived is kept, and the next time goes on."),
            "save": _("Writes a copy where you want it."),
        },
        "NoticesShown": {
            "": _("What others did to your access since you were last told."),
            "read": _("They are not shown again. Esc puts them off until your next login."),
        },
        "RecoveryShown": {
            "": _("This code is shown only now. It lets you in once when your second factor is lost."),
            "last": _("The last four characters of the code, to show that you have written it down."),
            "copy": _("Sends the code to the clipboard of your terminal. Not every terminal takes it."),
            "kept": _("Closes this for good, once the code was copied or its last group typed."),
        },
    }


def _factors() -> Mapping[str, Mapping[str, str]]:
    return {
        "FactorChoice": {
            "": _("Asks which second factor is meant."),
            "app": factor_note(FactorKind.APP),
            "sms": factor_note(FactorKind.SMS),
        },
        "AppSetup": {
            "": _("Gives your authenticator app its secret. It counts once a code of the app has proven it."),
            "code": _("The 6 digits the app shows now. A new one comes every 30 seconds."),
            "go": _("Checks the code. If it is right, the app is your second factor from then on."),
            "cancel": _("Leaves; the secret is forgotten and nothing has changed."),
        },
        "SmsSetup": {
            "": _("Codes come to your mobile phone by text message."),
            "country": _("Type its name, its two letters or its dial code; ↑ ↓ move, Enter chooses."),
            "number": _("Of a mobile phone, as you dial it in that country."),
            "send": _("Sends a code to this number, to show that it is yours."),
            "code": _("The 6 digits from the message. They are valid for 10 minutes."),
            "other": _("Back to the number."),
            "again": _("Sends another code to the same number, after a while."),
            "go": _("Checks the code. If it is right, this number is your second factor from then on."),
        },
        "SmsTest": {
            "number": _("Where the message goes, with its country: +41 79 123 45 67."),
            "send": _("Sends it; what becomes of it is told here and stands in the list."),
        },
        "FactorRemoval": {
            "password": _("Yours: nobody else shall switch your factors off."),
            "method": _("Where the code comes from: the app, a message, or the recovery code."),
            "code": _("The code of the way chosen above."),
            "send": _("Sends a code to your phone."),
            "go": _("Switches this factor off at once."),
        },
    }


def _entrance() -> Mapping[str, Mapping[str, str]]:
    return {
        "SiteAdding": {
            "": _(
                "A site is added to this machine's list and opened. Its address is all it needs in the same "
                "network; from elsewhere its cloud finds it by its serial number or by a link."
            ),
            "line": _(
                "An address (192.168.1.10), a link you were given, or the site's serial number. A serial "
                "number and a computer's name look alike: then you are asked for the cloud."
            ),
            "cloud": _(
                "The address of the cloud that the site has registered with. Empty: what you typed above is "
                "the name of a computer in this network."
            ),
            "go": _("Looks for the site and opens it. Esc stops the search; what you typed stays."),
        },
        "UnknownKey": {
            "": _(
                "The cloud only carries what sites say. Each site signs it with a key of its own: compare it "
                "once, from then on no cloud can stand in for the site. A link brings the key with it."
            ),
            "accept": _("Takes this key for the site's own, adds the site and opens it."),
            "cancel": _("Takes no key and adds no site."),
        },
        "UnknownCertificate": {
            "": _(
                "Most building servers make their certificate themselves. Compare its fingerprint once; from "
                "then on no other is accepted for this site."
            ),
            "accept": _("Accepts this certificate for this site and goes on."),
            "cancel": _("Accepts nothing. Nothing was sent to the server."),
        },
        "ChangedCertificate": {
            "": _(
                "Ask whoever looks after the server whether its certificate was made anew. If nobody knows "
                "of it, do not go on: whoever answers would learn your password."
            ),
            "last": _(
                "The last four characters of the fingerprint shown now: they show that you compared it."
            ),
            "forget": _("Accepts the new certificate in place of the old one."),
            "cancel": _("Keeps the old one. Nothing was sent to the server."),
        },
        "SecondWindow": {
            "": _("Your account asks for a second proof. Any one of the ways offered is enough."),
            "Ways": _(
                "The app makes codes on your phone. SMS sends one to your number. The recovery code works "
                "once when the phone is lost, and is replaced by a new one."
            ),
            "code": _("6 digits of the app or the message, or 24 characters of the recovery code."),
            "sign-in": _("Sends the code. A code is taken once."),
            "cancel": _("Back to the login; this attempt is over."),
        },
    }
