"""Requests, responses and signed documents of the cloud; see ``models``.

A *signed* document says what only a site, or an uploader whom the site knows, may say. The cloud carries it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from vestibule.models import ClientId, Line, PackageInfo, Paths, Request, Response

Serial = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{3,31}$(?!\n)")]
PublicKey = Annotated[str, Meta(max_length=64)]
Counter = Annotated[int, Meta(ge=0, lt=2**62)]
Seq = Annotated[int, Meta(ge=0, lt=2**31)]
CloudPassword = Annotated[str, Meta(max_length=1024)]
PROFILES_LIMIT = 500
"""Profiles that may have a package of their own."""
ProfilePackages = Annotated[
    dict[Annotated[str, Meta(max_length=64)], PackageInfo], Meta(max_length=PROFILES_LIMIT)
]


class Signed(Response):
    """A document as the text that was signed, and the signature. See ``signatures``."""

    document: Annotated[str, Meta(max_length=384 * 1024)]
    signature: Annotated[str, Meta(max_length=128)]

    def __repr__(self) -> str:
        return "Signed(••••)"


# --- signed documents -------------------------------------------------------------------------


class VersionDocument(Response):
    """A project version: one that a site has, or one that an uploader wants it to have."""

    serial: Serial
    number: Annotated[int, Meta(ge=1, lt=10**9)]
    base: int
    """The version it was made from."""
    at: datetime
    note: str
    settings: dict[str, Any]
    """All of them, without secrets."""
    package: PackageInfo | None
    profiles: ProfilePackages


class PackageDocument(Response):
    """The package of one profile: all that a client is told of a version."""

    serial: Serial
    number: int
    profile: str
    at: datetime
    package: PackageInfo


class Claim(Response):
    """Whoever registers has the key itself: its public half is known to many. ``counter`` only grows."""

    serial: Serial
    counter: Counter


class Presence(Response):
    """Where a site is, for those who look for it. ``counter`` only grows."""

    serial: Serial
    counter: Counter
    at: datetime
    paths: Paths
    """As the site tells its clients once they have signed in."""
    port: Annotated[int, Meta(ge=1, le=65535)]
    """On which it also answers where the cloud sees it, if the way there is open."""
    fingerprint: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)")]
    """Of its TLS certificate, 64 hexadecimal digits; empty when an authority vouches for it."""


class Void(Response):
    """The client's tickets issued up to ``before`` are worth nothing any more."""

    client: ClientId
    before: datetime


class Voids(Response):
    """Tickets that the site takes back. ``counter`` is that of the presence it comes with."""

    serial: Serial
    counter: Counter
    voids: Annotated[list[Void], Meta(max_length=500)]


class TicketDocument(Response):
    """What a client may fetch from the cloud: its profile's package, and the site's addresses."""

    serial: Serial
    client: ClientId
    profile: str
    issued: datetime
    expires: datetime


# --- the cloud and its operator ---------------------------------------------------------------


class CloudSiteNew(Request):
    """A site that may register. Without a ``password`` one is made."""

    serial: Line
    password: CloudPassword | None = None

    def __repr__(self) -> str:
        return f"CloudSiteNew({self.serial!r}, ••••)"


class CloudSiteReset(Request):
    """Another password for a site that shall register anew; without one it is made."""

    password: CloudPassword | None = None

    def __repr__(self) -> str:
        return "CloudSiteReset(••••)"


class CloudSiteAdded(Response):
    """What the installer types into System: shown once."""

    serial: str
    password: str

    def __repr__(self) -> str:
        return f"CloudSiteAdded({self.serial!r}, ••••)"


class CloudOffer(Response):
    """The last version that an uploader has sent for a site, and what came of it."""

    seq: int
    version: int
    """The number it would have."""
    at: datetime
    outcome: str
    """``waiting`` until the site has said: ``applied``, ``refused`` or ``rolled_back``."""
    reason: str = ""
    """The problem code why not."""
    told_at: datetime | None = None


class CloudSite(Response):
    """A site at its cloud, as the operator sees it."""

    serial: str
    key: str
    """The fingerprint of its key; empty until it has registered."""
    registrations: int
    """How often it has registered since it was added or reset: more than once may be a stolen password."""
    registered_at: datetime | None
    refused_at: datetime | None
    """When somebody with the right password and another key was last turned away."""
    refused_from: str
    seen_at: datetime | None
    seen_from: str
    public: bool
    """Whether anybody may ask for its addresses."""
    newest: int
    """Its newest version here; 0 when there is none."""
    bytes: int
    offer: CloudOffer | None


class CloudSites(Response):
    """Some sites in the order of their serial numbers; ``next`` continues."""

    sites: list[CloudSite]
    next: str | None
    total: int
    """How many match."""
    warned: int = 0
    """How many sites of all have been posed as, since they were added or reset."""


# --- a site and its cloud ---------------------------------------------------------------------


class Registration(Request):
    """A site that says who it is; ``claim`` is a :class:`Claim`."""

    serial: Serial
    password: CloudPassword
    key: PublicKey
    claim: Signed

    def __repr__(self) -> str:
        return f"Registration({self.serial!r}, ••••)"


class Registered(Response):
    """What the site speaks with from now on: any other word it could not even send."""

    token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,200}$(?!\n)")]

    def __repr__(self) -> str:
        return "Registered(••••)"


class Heartbeat(Request):
    """A :class:`Presence` and :class:`Voids`, both signed by the site."""

    presence: Signed
    voids: Signed


class CloudNews(Response):
    """What a site must know."""

    offer: Seq
    """The number of the last offer; 0 when there was none."""
    waiting: bool
    """Whether nothing has been said to it yet."""
    held: Seq
    """The newest version of the site that the cloud has."""
    seen_from: str = ""
    """The address that the cloud sees the site at."""


class VersionKept(Request):
    """A :class:`VersionDocument` and, for each profile of it, a :class:`PackageDocument`."""

    version: Signed
    packages: Annotated[list[Signed], Meta(max_length=PROFILES_LIMIT)]


class OfferOutcome(Request):
    """What a site made of an offer."""

    seq: Seq
    outcome: Annotated[str, Meta(pattern=r"^(applied|refused|rolled_back)$(?!\n)")]
    reason: Annotated[str, Meta(pattern=r"^[a-z_]{0,40}$(?!\n)")] = ""


class Offered(Response):
    """An offer with the version itself."""

    seq: Seq
    version: Signed


# --- uploaders --------------------------------------------------------------------------------


class UploadAsk(Request):
    """An uploader proves that he may leave something for a site."""

    serial: Serial
    password: CloudPassword

    def __repr__(self) -> str:
        return f"UploadAsk({self.serial!r}, ••••)"


class UploadGrant(Response):
    """What the uploader speaks with; and the site's key, by which he checks what he builds upon."""

    token: str
    expires_at: datetime
    key: str

    def __repr__(self) -> str:
        return "UploadGrant(••••)"


class SignerNew(Request):
    """An uploader whose versions the site shall take."""

    name: Line
    key: PublicKey


class Signer(Response):
    """An uploader whom the site knows."""

    name: str
    key: str
    fingerprint: str
    added_at: datetime


class Signers(Response):
    """All of them."""

    signers: list[Signer]
    next: str | None = None


# --- clients ----------------------------------------------------------------------------------


class Ticket(Response):
    """What a client needs to find its site and its project from anywhere."""

    ticket: str
    serial: str
    key: str
    """The site's public key."""
    cloud: str
    """The cloud's address."""
    cloud_fingerprint: str
    """Of its self-made certificate, if it has one."""
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Ticket({self.serial!r}, ••••)"


class SiteAddresses(Response):
    """A site's :class:`Presence`, and its key for those who know the fingerprint."""

    key: str
    presence: Signed
    seen_from: str
    """Where the cloud saw it last. Not signed: only a certificate proves who answers there."""


class ClientProject(Response):
    """The :class:`PackageDocument` of a client's profile."""

    package: Signed


# --- the site's own view ----------------------------------------------------------------------


class CloudUpdate(Response):
    """A version that came from the cloud, or should have."""

    at: datetime
    signer: str
    version: int | None
    """The version made of it."""
    outcome: str
    """``running``, ``applied``, ``refused`` or ``rolled_back``."""
    reason: str = ""


class CloudStatus(Response):
    """How this site stands with its cloud."""

    state: str
    """``off`` (System), ``incomplete`` (something is missing), ``new`` or ``registered``."""
    missing: list[str]
    """Problem codes of what is missing."""
    address: str
    serial: str
    key: str
    """The fingerprint of this site's key; empty until there is one."""
    link: str
    """How links to this site begin that go by the cloud; a ``#`` and a code may follow."""
    registered_at: datetime | None
    contact_at: datetime | None
    trouble: str
    """A problem code, empty while all is well."""
    trouble_at: datetime | None
    held: int
    """The newest version that the cloud has."""
    newest: int
    """The version in force."""
    waiting: bool
    """Whether a version waits at the cloud."""
    updates: list[CloudUpdate]
    """The last few, newest first."""
    public: bool = False
    """Whether anybody may ask the cloud where the site is, by that link or the serial number."""
    uploaders: int = 0
    """How many the site knows: without one it takes no update."""
