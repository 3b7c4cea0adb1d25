"""Second factors, their policy, challenges, notices and the outbox for text messages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; nobody has a factor yet and nobody needs one."""
    op.add_column("client", sa.Column("factors", sa.Integer(), nullable=False, server_default="0"))
    _factors()
    _logins()
    _outbox()


def _of_client(**options: object) -> sa.Column[str]:
    reference = sa.ForeignKey("client.id", ondelete="CASCADE")
    return sa.Column("client_id", sa.String(length=16), reference, nullable=False, **options)  # type: ignore[arg-type]


def _factors() -> None:
    op.create_table(
        "factor",
        _of_client(primary_key=True),
        sa.Column("kind", sa.String(length=4), primary_key=True),
        sa.Column("vaulted", sa.LargeBinary()),
        sa.Column("phone", sa.Text()),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("told_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "factor_setup",
        _of_client(primary_key=True),
        sa.Column("kind", sa.String(length=4), primary_key=True),
        sa.Column("vaulted", sa.LargeBinary()),
        sa.Column("phone", sa.Text()),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "recovery",
        _of_client(primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    policy = op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in _SWITCHES),
    )
    op.bulk_insert(policy, [{"id": 1} | dict.fromkeys(_SWITCHES, False)])


_SWITCHES = ("totp_enabled", "internal", "external", "sms_enabled")


def _logins() -> None:
    op.create_table(
        "sms_code",
        sa.Column("owner", sa.String(length=32), primary_key=True),
        _of_client(),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.Column("message_id", sa.String(length=16)),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.String(length=16), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        _of_client(index=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("device_id", sa.String(length=16)),
        sa.Column("device_name", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("password_hash", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("quiet", sa.Boolean(), nullable=False, server_default="0"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_client(index=True),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("factor", sa.String(length=4)),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("challenge_id", sa.String(length=16), index=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger()),
        sqlite_autoincrement=True,
    )


def _outbox() -> None:
    op.create_table(
        "sms",
        sa.Column("id", sa.String(length=16), primary_key=True),
        sa.Column(
            "client_id", sa.String(length=16), sa.ForeignKey("client.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("vaulted", sa.LargeBinary()),
        sa.Column("delivery", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False, index=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("handed_at", sa.BigInteger()),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, index=True),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("cleared_at", sa.BigInteger()),
    )
