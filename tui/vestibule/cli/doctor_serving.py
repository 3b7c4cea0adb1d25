"""What ``vestibule doctor`` says of serving: the host's settings, the certificate, the cloud."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from vestibule.cli.finding import Finding
from vestibule.cloud_models import CloudStatus
from vestibule.config import Folders
from vestibule.i18n import _
from vestibule.render import cloud_words
from vestibule.render.sentences import of_code
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.server.certificates import Certificate
    from vestibule.server.serve_settings import ServeSettings

_SOON: Final = timedelta(days=21)
"""Before it ends a certificate has to be renewed; authorities of today give it 90 days."""


def serving(here: Folders) -> Iterator[Finding]:
    """Whether ``vestibule serve`` would begin, as far as can be told without listening."""
    from vestibule.server.serve_settings import SettingError, serve_settings

    try:
        wanted = serve_settings({}, os.environ, here.config)
    except SettingError as error:
        yield Finding("serving", _("Serving"), False, visible(str(error), 300))
        return
    yield from _certificate(wanted, here)


def _certificate(wanted: ServeSettings, here: Folders) -> Iterator[Finding]:
    """Nothing is said where none is named and none was made."""
    from vestibule.server import certificates

    made = certificates.place(here.state)
    certificate, key = (wanted.certificate, wanted.key or wanted.certificate) if wanted.certificate else made
    if certificate is None or key is None or not (wanted.certificate or certificate.exists()):
        return
    label = _("Certificate")
    try:
        found = certificates.given(certificate, key)
    except certificates.CertificateError as error:
        yield Finding("certificate", label, False, visible(str(error), 300))
        return
    lasts = found.until - datetime.now(UTC) > _SOON
    yield Finding("certificate", label, lasts, _lasts(found) if lasts else _ends(found))


def _lasts(found: Certificate) -> str:
    told = {"day": found.until.date(), "fingerprint": found.fingerprint}
    return _("It lasts until %(day)s. Its fingerprint: %(fingerprint)s") % told


def _ends(found: Certificate) -> str:
    return _("It ends on %s. Renew it, then start the server again.") % found.until.date()


def cloud(status: CloudStatus) -> Finding:
    """How the site stands with its cloud."""
    wrong = [*status.missing, *([status.trouble] if status.trouble else [])]
    if status.state == "off" or not wrong:
        return Finding("cloud", _("Cloud"), True, cloud_words.state(status.state))
    return Finding("cloud", _("Cloud"), False, " ".join(of_code(code) for code in wrong))
