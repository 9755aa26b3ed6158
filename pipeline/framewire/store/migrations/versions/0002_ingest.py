"""Why a feed is asked when, how much a version changed, article pages, copies, and mail that waits."""

import sqlalchemy as sa
from alembic import op

from framewire.store.columns import StoredText, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables; what is stored stays as it is."""
    op.add_column("feeds", sa.Column("failing_since", UTCDateTime(), nullable=True))
    op.add_column("feeds", sa.Column("interval_seconds", sa.Float(), nullable=True))
    op.add_column("feeds", sa.Column("due_reason", StoredText(), nullable=True))
    op.add_column("versions", sa.Column("source", StoredText(), nullable=False, server_default="feed"))
    op.add_column("versions", sa.Column("title_change", sa.Float(), nullable=True))
    op.add_column("versions", sa.Column("text_change", sa.Float(), nullable=True))
    _create_pages()
    _create_copies()
    _create_outbox()


def _create_pages() -> None:
    """What the pages of articles gave, what repeats on an outlet's pages, what hosts allow."""
    op.create_table(
        "pages",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("state", StoredText(), nullable=False),
        sa.Column("message", StoredText(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_pages_article_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_pages"),
    )
    op.create_index("ix_pages_asked_at", "pages", ["asked_at"])
    op.create_table(
        "blocks",
        sa.Column("outlet_id", StoredText(), nullable=False),
        sa.Column("block_hash", StoredText(), nullable=False),
        sa.Column("n_pages", sa.Integer(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_blocks_outlet_id"),
        sa.PrimaryKeyConstraint("outlet_id", "block_hash", name="pk_blocks"),
    )
    op.create_table(
        "robots",
        sa.Column("host", StoredText(), nullable=False),
        sa.Column("state", StoredText(), nullable=False),
        sa.Column("text", StoredText(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_robots"),
    )


def _create_copies() -> None:
    """Which article is a copy of which."""
    op.create_table(
        "copies",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("original_id", sa.Integer(), nullable=False),
        sa.Column("jaccard", sa.Float(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_copies_article_id"),
        sa.ForeignKeyConstraint(["original_id"], ["articles.id"], name="fk_copies_original_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_copies"),
    )
    op.create_index("ix_copies_original_id", "copies", ["original_id"])


def _create_outbox() -> None:
    """One mail to one recipient."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", StoredText(), nullable=False),
        sa.Column("list_name", StoredText(), nullable=False),
        sa.Column("day", StoredText(), nullable=False),
        sa.Column("recipient", StoredText(), nullable=False),
        sa.Column("message_id", StoredText(), nullable=False),
        sa.Column("subject", StoredText(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", StoredText(), nullable=False),
        sa.Column("reason", StoredText(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("kind", "list_name", "day", "recipient", name="uq_outbox_kind_list_name_day_recipient"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
    )
    op.create_index("ix_outbox_state", "outbox", ["state"])
