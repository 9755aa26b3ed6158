"""Who works on the store now, and what each of them has claimed: several hosts may share one."""

import sqlalchemy as sa
from alembic import op

from framewire.store.columns import StoredText, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, two columns and three indexes; what is stored stays as it is."""
    _create_workers()
    _add_worker_column("feeds")
    _add_worker_column("runs")
    _create_indexes()


def _create_workers() -> None:
    """The processes that work now, and what each of them does that no other may do meanwhile."""
    op.create_table(
        "workers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", StoredText(), nullable=False),
        sa.Column("place", StoredText(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=False),
        sa.Column("leased_until", UTCDateTime(), nullable=False),
        sa.Column("lease_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "claims",
        sa.Column("kind", StoredText(), nullable=False),
        sa.Column("key", StoredText(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name="fk_claims_worker_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_claims"),
    )
    op.create_index("ix_claims_worker_id", "claims", ["worker_id"])


def _add_worker_column(table: str) -> None:
    """Who works on a row."""
    op.add_column(table, sa.Column("worker_id", sa.Integer(), nullable=True))
    op.create_index(f"ix_{table}_worker_id", table, ["worker_id"])


def _create_indexes() -> None:
    """Found by what a store of 365,000 articles spent its time on: without them, what is older was read as well."""
    op.create_index("ix_articles_published_at", "articles", ["published_at"])
    op.create_index("ix_articles_outlet_id_first_seen_at", "articles", ["outlet_id", "first_seen_at"])
    op.create_index("ix_entries_content_hash", "entries", ["content_hash"])
