"""Packages, secrets and hook runs; versions tell what they changed, the site how many it keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("project_version", sa.Column("package_sha256", sa.String(length=64), nullable=True))
    op.add_column("project_version", sa.Column("changed", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("site", sa.Column("versions_kept", sa.Integer(), nullable=False, server_default="50"))
    op.create_table(
        "package",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("vaulted", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    in_order = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "hook_run",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hook", in_order, nullable=False),
        sa.Column("exit", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", "hook"),
    )
