"""The tables. Times are whole milliseconds since 1970 UTC; migrations/ makes them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()
in_order = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is sorted: by its code points in every database, whatever language that speaks."""

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("highest_time", BigInteger, nullable=False),
    Column("key_check", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("versions_kept", Integer, nullable=False, server_default="50"),
)
"""One row. ``highest_time`` is the latest moment ever seen; ``key_check`` proves the vault key."""

project_version = Table(
    "project_version",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(16)),
    Column("note", Text, nullable=False),
    Column("package_sha256", String(64)),
    Column("changed", JSON, nullable=False, server_default="[]"),
)
"""``settings`` without secrets. ``by``: an actor of the audit. ``changed``: keys, secrets' too."""

package = Table(
    "package",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""An announced package; it is complete when its file is there. ``at``: when it was last announced."""

secret = Table(
    "secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("vaulted", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

hook_run = Table(
    "hook_run",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("hook", in_order, primary_key=True),
    Column("exit", Integer),
    Column("seconds", Float),
    Column("output", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""``seconds`` is null until the hook has ended."""

client = Table(
    "client",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", in_order, nullable=False),
    Column("search", Text, nullable=False),
    Column("username", Text),
    Column("username_key", Text, unique=True),
    Column("password_hash", Text),
    Column("profile", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("service", Boolean, nullable=False),
    Column("require_two_factors", Boolean, nullable=False),
    Column("cloud_access", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("valid_from", BigInteger),
    Column("valid_until", BigInteger),
    Column("weekdays", Integer, nullable=False),
    Column("hours_from", Integer, nullable=False),
    Column("hours_until", Integer, nullable=False),
    Column("phone", Text),
    Column("language", String(2)),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("first_login_at", BigInteger),
    Column("last_login_at", BigInteger),
    Column("factors", Integer, nullable=False, server_default="0"),
    # Derived, kept by access.standing so that 100,000 rows sort and filter by index:
    Column("rank", Integer, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Index("client_by_rank", "rank", "name_key", "id"),
    Index("client_by_name", "name_key", "id"),
    Index("client_by_end", "ends_at", "id"),
)
"""``weekdays``: bit 0 is Monday. ``factors``: bit 0 is app, bit 1 sms; kept by access.factors so that
100,000 clients can be counted by it. ``ends_at``: the next moment at which the standing changes by itself."""

code = Table(
    "code",
    metadata,
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", String(4), nullable=False),
    Column("vaulted", LargeBinary),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
)
"""The last code of a client: one at most, a new one replaces it."""

device = Table(
    "device",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("first_source", Text, nullable=False, server_default=""),
    Column("last_source", Text, nullable=False, server_default=""),
    Index("device_by_seen", "client_id", "last_seen_at", "id"),
)
"""``first_source``, ``last_source``: the addresses of its first and last sign-in; empty where not known."""

session = Table(
    "session",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), index=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("strength", String(12), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("fresh_until", BigInteger, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("seen_at", BigInteger, nullable=False, server_default="0"),
)
"""``source``: the address it was opened from; empty where not known. ``seen_at``: when it was last used,
within a minute. One whose time is over stays a while, so that its person can be told why."""

limits = Table(
    "limits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("admin_idle_minutes", Integer, nullable=False),
    Column("idle_minutes", Integer, nullable=False),
    Column("session_hours", Integer, nullable=False),
)
"""One row: how long a session lasts unused, 0 for without end, and altogether."""

factor = Table(
    "factor",
    metadata,
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(4), primary_key=True),
    Column("vaulted", LargeBinary),
    Column("phone", Text),
    Column("last_step", BigInteger, nullable=False),
    Column("told_step", BigInteger, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
)
"""``vaulted``: the secret of ``app``. ``last_step``: the newest time step whose code was taken;
``told_step``: one to come, whose code somebody has been told is right."""

factor_setup = Table(
    "factor_setup",
    metadata,
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(4), primary_key=True),
    Column("vaulted", LargeBinary),
    Column("phone", Text),
    Column("expires_at", BigInteger, nullable=False),
)
"""A factor that is not proven yet; what is in force stays in ``factor`` until then."""

sms_code = Table(
    "sms_code",
    metadata,
    Column("owner", String(32), primary_key=True),
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("message_id", String(16)),
)
"""``owner`` is the one thing the code is good for: a login attempt, a set-up or a removal."""

recovery = Table(
    "recovery",
    metadata,
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

challenge = Table(
    "challenge",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("mode", String(8), nullable=False),
    Column("source", Text, nullable=False),
    Column("device_id", String(16)),
    Column("device_name", Text),
    Column("name", Text),
    Column("password_hash", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("quiet", Boolean, nullable=False, server_default="0"),
)
"""A login that waits for its second factor. ``name``: what the first login calls the client;
``password_hash``: the one it was begun with; ``quiet``: nobody is told when it comes to nothing."""

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_id", ForeignKey("client.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("what", String(24), nullable=False),
    Column("factor", String(4)),
    Column("source", Text, nullable=False),
    Column("challenge_id", String(16), index=True),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    sqlite_autoincrement=True,
)
"""Numbers are never used again: what was read up to one says nothing of later ones."""

policy = Table(
    "policy",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("totp_enabled", Boolean, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("external", Boolean, nullable=False),
    Column("sms_enabled", Boolean, nullable=False),
)
"""One row."""

sms = Table(
    "sms",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("client_id", ForeignKey("client.id", ondelete="SET NULL"), index=True),
    Column("phone", Text, nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("vaulted", LargeBinary),
    Column("delivery", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("handed_at", BigInteger),
    Column("provider_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("done_at", BigInteger),
    Column("cleared_at", BigInteger),
)
"""The outbox. ``due_at``: when to try or to ask next, NEVER once done; ``vaulted``: the text, gone when
done or dead. ``handed_at``: when the gateway took it. ``cleared_at``: when it was told to forget it."""

licence = Table(
    "licence",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("component", Text, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("added_at", BigInteger, nullable=False),
)

throttle = Table(
    "throttle",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
"""One row, locked by whoever appends: it puts the decisions in one order."""

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(16)),
    Column("outcome", String(40), nullable=False),
    Column("source", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
