"""An uploader leaves a version for a site at its cloud, signed with his own key.

He builds upon the newest version there, which the site has signed: a cloud that alters it is found out
before anything is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import structs

from vestibule import properties, signatures
from vestibule.cloud_models import CloudOffer, Signed, UploadAsk, UploadGrant, VersionDocument
from vestibule.models import PackageInfo, PackageNew, PackageProgress, Secret
from vestibule.remote import packages
from vestibule.remote.caller import decoded
from vestibule.remote.cloud import PACKAGE_TIMEOUT, Cloud
from vestibule.remote.cloud_answers import ForgedAnswerError, SiteKeyChangedError
from vestibule.remote.packages import Pieces, Progress, unseen
from vestibule.signatures import ForgedError, Purpose


@dataclass(frozen=True)
class Changes:
    """What shall differ from the newest version."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Raises ValueError with a problem code when one may not stand there, once it is taken up."""
    note: str = ""
    package: Path | None = None
    profiles: Mapping[str, Path | None] = field(default_factory=dict)
    """Packages of single profiles, None to take one out; those not named stay."""


class UploadCloud(Cloud):
    """A cloud as an uploader asks it."""

    async def begin(self, serial: str, password: str) -> UploadGrant:
        """Prove that one may leave something for the site, and speak so from now on."""
        asked = UploadAsk(serial=serial, password=password)
        grant = await self._ask("POST", "/v1/cloud/uploads", UploadGrant, asked)
        self.use_token(grant.token)
        return grant

    async def newest(self) -> Signed:
        """The newest version of the site, as it has signed it."""
        return await self._ask("GET", "/v1/cloud/uploads/newest", Signed)

    async def offer(self, signed: Signed) -> CloudOffer:
        """Leave a version."""
        return await self._ask("PUT", "/v1/cloud/uploads/offer", CloudOffer, signed)

    async def outcome(self) -> CloudOffer:
        """What came of the last one."""
        return await self._ask("GET", "/v1/cloud/uploads/offer", CloudOffer)

    async def package_begin(self, new: PackageNew) -> PackageProgress:
        """Announce a package, or ask how much of it is there."""
        return await self._ask("POST", "/v1/cloud/site/packages", PackageProgress, new)

    async def package_append(self, sha256: str, offset: int, pieces: Pieces) -> PackageProgress:
        """Send what comes at ``offset``."""
        path = f"/v1/cloud/site/packages/{sha256}"
        answer = await self._exchange("PATCH", path, pieces, {"offset": offset}, patience=PACKAGE_TIMEOUT)
        return decoded(answer.content, PackageProgress)


async def base(cloud: UploadCloud, serial: str, password: str, mark: str) -> VersionDocument:
    """The newest version of the site whose key has the fingerprint ``mark``.

    Raises CloudLieError, ApiProblem, Unreachable.
    """
    grant = await cloud.begin(serial, password)
    try:
        shown = signatures.fingerprint(grant.key)
        if shown != mark:
            raise SiteKeyChangedError(mark, shown)
        newest = signatures.verified(await cloud.newest(), Purpose.VERSION, grant.key, VersionDocument)
    except (ForgedError, ValueError):
        raise ForgedAnswerError from None
    if newest.serial != serial:
        raise ForgedAnswerError
    return newest


async def offer(
    cloud: UploadCloud,
    newest: VersionDocument,
    changes: Changes,
    private: Secret,
    progress: Progress = unseen,
) -> CloudOffer:
    """Leave what ``changes`` make of the ``newest`` version, signed with the key ``private``.

    Raises ValueError with a problem code for a setting, ApiProblem, Unreachable, OSError.
    """
    document = changed(newest, changes.settings, changes.note)
    if changes.package is not None:
        document = structs.replace(document, package=await _sent(cloud, changes.package, progress))
    profiles = {name: info for name, info in document.profiles.items() if name not in changes.profiles}
    for name, path in changes.profiles.items():
        if path is not None:
            profiles[name] = await _sent(cloud, path, progress)
    document = structs.replace(document, profiles=profiles, at=datetime.now(UTC))
    return await cloud.offer(signatures.sign(private, Purpose.UPDATE, document))


def changed(newest: VersionDocument, settings: Mapping[str, Any], note: str) -> VersionDocument:
    """The next version with these settings. Raises ValueError with a problem code."""
    for key in settings:
        if key not in properties.BY_KEY or key in properties.SECRETS:
            raise ValueError("property_unknown")
    normal = {key: properties.normal(key, value) for key, value in settings.items()}
    if any(normal[key] != newest.settings.get(key) for key in properties.WAYS if key in normal):
        raise ValueError("update_of_ways")
    base, number = newest.number, newest.number + 1
    together = {**newest.settings, **normal}
    return structs.replace(newest, base=base, number=number, settings=together, note=note)


async def _sent(cloud: UploadCloud, path: Path, progress: Progress) -> PackageInfo:
    here = await packages.upload(cloud, path, progress)
    return PackageInfo(sha256=here.sha256, size=here.size, name=path.name)
