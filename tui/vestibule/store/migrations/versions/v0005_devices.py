"""Where devices and sessions come from and when they were last used; how long a session lasts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; sessions that are open count as used just now, and last as long as before."""
    op.add_column("device", sa.Column("first_source", sa.Text(), nullable=False, server_default=""))
    op.add_column("device", sa.Column("last_source", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_device_client_id", "device")
    op.create_index("device_by_seen", "device", ["client_id", "last_seen_at", "id"])
    op.add_column("session", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    op.add_column("session", sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE session SET seen_at = (SELECT highest_time FROM site)")
    op.create_index("ix_session_device_id", "session", ["device_id"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    _limits()


def _limits() -> None:
    names = ("admin_idle_minutes", "idle_minutes", "session_hours")
    limits = op.create_table(
        "limits",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in names),
    )
    op.bulk_insert(limits, [{"id": 1, "admin_idle_minutes": 60, "idle_minutes": 0, "session_hours": 12}])
