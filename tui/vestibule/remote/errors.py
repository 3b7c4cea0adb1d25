"""What can go wrong with a call. Apart from ``api``, so that a screen is painted before httpx is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.models import Path, Problem


class ApiProblem(Exception):
    """The server said no; ``problem.code`` is stable."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Unreachable(Exception):
    """No answer, or none that a Vestibule server gives; in words a person understands."""


@dataclass(frozen=True)
class Failure:
    """One path that led nowhere."""

    path: Path | None
    """None for an address that somebody typed, and for the cloud that was asked for others."""
    address: str
    why: str


class NoPath(Unreachable):
    """Several paths were tried, and none led to the server."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__("; ".join(f"{each.address}: {each.why}" for each in failures))
        self.failures = list(failures)


class CertificateProblem(Unreachable):
    """The server showed a certificate that nobody has accepted for this site; nothing was sent to it."""

    def __init__(self, words: str, address: str, certificate: bytes) -> None:
        super().__init__(words)
        self.address = address
        """Where it was shown."""
        self.certificate = certificate
        """In DER, to be given to ``Connection.accept``."""


class CertificateUnknown(CertificateProblem):
    """No public authority vouches for it, and none was accepted for this site before."""

    def __init__(self, words: str, address: str, certificate: bytes) -> None:
        super().__init__(words, address, certificate)
        self.fingerprint = _fingerprint(certificate)


class CertificateChanged(CertificateProblem):
    """Another one was accepted for this site. ``known`` and ``presented`` are their fingerprints."""

    def __init__(self, words: str, address: str, certificate: bytes, known: str) -> None:
        super().__init__(words, address, certificate)
        self.known = known
        self.presented = _fingerprint(certificate)


def _fingerprint(certificate: bytes) -> str:
    from vestibule.fingerprint import fingerprint  # with OpenSSL's hashes: the first paint needs none

    return fingerprint(certificate)
