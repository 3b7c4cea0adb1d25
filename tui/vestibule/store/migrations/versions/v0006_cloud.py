"""The cloud and its sites; a site's link to its cloud; packages of single profiles."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    _cloud_sites()
    _cloud_versions()
    _cloud_tickets()
    _link()
    _updates()


def _of_site() -> sa.Column[str]:
    reference = sa.ForeignKey("cloud_site.serial", ondelete="CASCADE")
    return sa.Column("serial", sa.String(length=32), reference, primary_key=True)


def _cloud_sites() -> None:
    op.create_table(
        "cloud_site",
        sa.Column("serial", sa.String(length=32), primary_key=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=43)),
        sa.Column("token_digest", sa.LargeBinary(), unique=True),
        sa.Column("registrations", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("registered_at", sa.BigInteger()),
        sa.Column("refused_at", sa.BigInteger()),
        sa.Column("refused_from", sa.Text(), nullable=False, server_default=""),
        sa.Column("counter", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("presence", sa.Text()),
        sa.Column("presence_signature", sa.String(length=128)),
        sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("seen_at", sa.BigInteger()),
        sa.Column("seen_from", sa.Text(), nullable=False, server_default=""),
        sa.Column("newest", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
    )


def _cloud_versions() -> None:
    op.create_table(
        "cloud_version",
        _of_site(),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "cloud_offer",
        _of_site(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, index=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
    )
    op.create_table(
        "cloud_package",
        _of_site(),
        sa.Column("sha256", sa.String(length=64), primary_key=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "cloud_need",
        _of_site(),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("profile", sa.Text(), primary_key=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["serial", "sha256"], ["cloud_package.serial", "cloud_package.sha256"]),
        sa.Index("cloud_need_by_package", "serial", "sha256"),
    )


def _cloud_tickets() -> None:
    op.create_table(
        "cloud_void",
        _of_site(),
        sa.Column("client_id", sa.String(length=16), primary_key=True),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, index=True),
    )
    op.create_table(
        "cloud_ticket",
        sa.Column("client_id", sa.String(length=16), primary_key=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("void_at", sa.BigInteger()),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def _link() -> None:
    op.create_table(
        "cloud_link",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("key_vaulted", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("serial", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("token_vaulted", sa.LargeBinary()),
        sa.Column("registered_at", sa.BigInteger()),
        sa.Column("counter", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("contact_at", sa.BigInteger()),
        sa.Column("held", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("waiting", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("trouble", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("trouble_at", sa.BigInteger()),
        sa.Column("agent", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("agent_until", sa.BigInteger(), nullable=False, server_default="0"),
    )


def _updates() -> None:
    op.create_table(
        "cloud_signer",
        sa.Column("key", sa.String(length=43), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "cloud_update",
        sa.Column("id", sa.String(length=16), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("previous", sa.Integer()),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, index=True),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    number = sa.ForeignKey("project_version.number", ondelete="CASCADE")
    op.create_table(
        "profile_package",
        sa.Column("version", sa.Integer(), number, primary_key=True),
        sa.Column("profile", sa.Text(), primary_key=True),
        sa.Column("sha256", sa.String(length=64), nullable=False, index=True),
    )
