"""Why there was no answer, in words a person understands."""

from __future__ import annotations

import errno
import ssl

import httpx

from vestibule.i18n import _
from vestibule.remote.trust import causes, is_refusal


def reason(error: Exception) -> str:
    """``error`` of a connection or a request."""
    if is_refusal(error):
        return _("its certificate is not accepted")
    chain = list(causes(error))
    if any(isinstance(each, httpx.TimeoutException | TimeoutError) for each in chain):
        return _("no answer in time")
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return _("it does not speak https")
    number = next((each.errno for each in chain if isinstance(each, OSError) and each.errno), 0)
    if number == errno.ECONNREFUSED:
        return _("no server listens there")
    if number in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL):
        return _("no network leads there")
    if isinstance(error, httpx.ConnectError | OSError):
        return _("no connection")
    return _("the connection was cut")
