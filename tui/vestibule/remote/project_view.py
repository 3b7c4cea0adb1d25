"""How it stands with the project of one's profile, for those who show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestibule.cloud_models import PackageDocument
    from vestibule.remote.kept_project import Kept


@dataclass(frozen=True)
class ProjectView:
    """What is known of it."""

    kept: Kept | None = None
    """The one on this machine."""
    told: PackageDocument | None = None
    """The newest one, as the site has signed it and the cloud passed it on."""
    arrived: int = 0
    """Bytes of ``told`` that are here."""
    fetching: bool = False
    """Whether it is arriving now."""
    wanted: bool = False
    """Whether it is fetched, or will be as soon as the cloud answers."""
    trouble: Exception | None = None
    """Why it does not go on: ApiProblem, Unreachable, CloudLieError, OSError."""
    again: bool = False
    """Whether it is tried again by itself."""

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to say; most sites have no cloud."""
        return bool(self.kept or self.told or self.trouble)

    @property
    def is_newest_here(self) -> bool:
        """Whether what is on this machine is the newest, as far as that is known."""
        if self.kept is None or self.told is None:
            return self.kept is not None
        return self.kept.package.sha256 == self.told.package.sha256

    @property
    def may_be_got(self) -> bool:
        """Whether somebody may ask for it."""
        is_missing = self.told is not None and not self.is_newest_here
        return not self.fetching and (is_missing or self.trouble is not None)

    @property
    def may_be_stopped(self) -> bool:
        """Whether there is something to stop."""
        return self.fetching or (self.wanted and self.again)
