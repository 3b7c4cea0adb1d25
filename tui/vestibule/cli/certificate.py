"""A certificate that nobody has accepted yet: compared with a given fingerprint, or shown to somebody."""

from __future__ import annotations

import re

from vestibule.cli import asking
from vestibule.cli.output import NOT_ALLOWED, Stop
from vestibule.i18n import _
from vestibule.remote.errors import CertificateChanged, CertificateUnknown
from vestibule.text import visible


def accept(shown: CertificateUnknown | CertificateChanged, given: str, option: str = "--fingerprint") -> None:
    """Return if the certificate may be accepted; raise Stop otherwise.

    ``given`` is the fingerprint it must have, empty where none was given; ``option`` gives it. Without it one
    that is new is asked about at a terminal; one that has changed never is: people say yes.
    """
    seen = shown.presented if isinstance(shown, CertificateChanged) else shown.fingerprint
    told = {"address": visible(shown.address), "seen": seen}
    if given:
        if _digits(given) == _digits(seen):
            return
        raise _refused(_("The certificate of %(address)s has another fingerprint: %(seen)s") % told)
    if isinstance(shown, CertificateChanged):
        raise _refused(_changed(shown, option))
    new = [_("The certificate of %(address)s is new here. Its fingerprint is:") % told, seen]
    if not asking.is_somebody_there():
        raise _refused("\n".join([*new, _("If the server shows the same, say so with %s.") % option]))
    if not asking.agreed("\n".join([*new, _("Go on only if the server shows the same.")])):
        raise _refused(_("Nothing was sent to the server."))


def _changed(shown: CertificateChanged, option: str) -> str:
    somebody = _(
        "%s shows another certificate than the one accepted: somebody may stand in between. Nothing was sent."
    )
    lines = (
        somebody % visible(shown.address),
        _("Accepted: %s") % shown.known,
        _("Shown: %s") % shown.presented,
        _("If the server has a new one and shows the same, say so with %s.") % option,
    )
    return "\n".join(lines)


def _refused(sentence: str) -> Stop:
    return Stop(sentence, NOT_ALLOWED)


def _digits(fingerprint: str) -> str:
    """Without what people group it by."""
    return re.sub(r"[^0-9A-F]", "", fingerprint.upper())
