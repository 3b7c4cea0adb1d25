"""The tables of the cloud, and of a site that has one. See ``schema``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    true,
)

from vestibule.store.schema import metadata

# --- the cloud --------------------------------------------------------------------------------

cloud_site = Table(
    "cloud_site",
    metadata,
    Column("serial", String(32), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("key", String(43)),
    Column("token_digest", LargeBinary, unique=True),
    Column("registrations", Integer, nullable=False, server_default="0"),
    Column("registered_at", BigInteger),
    Column("refused_at", BigInteger),
    Column("refused_from", Text, nullable=False, server_default=""),
    Column("counter", BigInteger, nullable=False, server_default="0"),
    Column("presence", Text),
    Column("presence_signature", String(128)),
    Column("public", Boolean, nullable=False, server_default=false()),
    Column("seen_at", BigInteger),
    Column("seen_from", Text, nullable=False, server_default=""),
    Column("newest", Integer, nullable=False, server_default="0"),
    Column("added_at", BigInteger, nullable=False),
)
"""A site that may register. ``key`` is its public key once it has; ``newest`` its newest version here."""

cloud_version = Table(
    "cloud_version",
    metadata,
    Column("serial", ForeignKey("cloud_site.serial", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("signature", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),
)

cloud_offer = Table(
    "cloud_offer",
    metadata,
    Column("serial", ForeignKey("cloud_site.serial", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("signature", String(128), nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("told_at", BigInteger),
)
"""The last version that an uploader has sent for a site; ``seq`` counts them."""

cloud_package = Table(
    "cloud_package",
    metadata,
    Column("serial", ForeignKey("cloud_site.serial", ondelete="CASCADE"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""A package of one site; no site can have another's by knowing what it is called."""

cloud_need = Table(
    "cloud_need",
    metadata,
    Column("serial", ForeignKey("cloud_site.serial", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("profile", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("signature", String(128), nullable=False),
    ForeignKeyConstraint(["serial", "sha256"], ["cloud_package.serial", "cloud_package.sha256"]),
    Index("cloud_need_by_package", "serial", "sha256"),
)
"""Which version needs which package. ``number`` 0 is the offer; ``profile`` is empty for the whole one,
which is no client's. ``document`` is what a client is told of it, signed."""

cloud_void = Table(
    "cloud_void",
    metadata,
    Column("serial", ForeignKey("cloud_site.serial", ondelete="CASCADE"), primary_key=True),
    Column("client_id", String(16), primary_key=True),
    Column("before", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
"""Tickets that a site has taken back; ``expires_at``: when the last of them would have ended anyway."""

# --- a site that has a cloud ------------------------------------------------------------------

cloud_link = Table(
    "cloud_link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(43), nullable=False),
    Column("key_vaulted", LargeBinary, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("serial", String(32), nullable=False, server_default=""),
    Column("token_vaulted", LargeBinary),
    Column("registered_at", BigInteger),
    Column("counter", BigInteger, nullable=False, server_default="0"),
    Column("contact_at", BigInteger),
    Column("held", Integer, nullable=False, server_default="0"),
    Column("waiting", Boolean, nullable=False, server_default=false()),
    Column("trouble", String(40), nullable=False, server_default=""),
    Column("trouble_at", BigInteger),
    Column("agent", String(16), nullable=False, server_default=""),
    Column("agent_until", BigInteger, nullable=False, server_default="0"),
)
"""One row, once the site has a key. ``agent``: which of its server processes speaks with the cloud."""

cloud_signer = Table(
    "cloud_signer",
    metadata,
    Column("key", String(43), primary_key=True),
    Column("name", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
)

cloud_update = Table(
    "cloud_update",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signer", Text, nullable=False),
    Column("version", Integer),
    Column("previous", Integer),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("told", Boolean, nullable=False, server_default=false()),
)
"""What came of an offer. ``version`` was made from ``previous``; ``told``: the cloud knows."""

cloud_ticket = Table(
    "cloud_ticket",
    metadata,
    Column("client_id", String(16), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("void_at", BigInteger),
    Column("told", Boolean, nullable=False, server_default=true()),
)
"""Clients that hold tickets; it outlives them. Those issued up to ``void_at`` are void."""

profile_package = Table(
    "profile_package",
    metadata,
    Column("version", ForeignKey("project_version.number", ondelete="CASCADE"), primary_key=True),
    Column("profile", Text, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
)
"""Packages of single profiles, beside the version's own."""
