"""What coders say of passages, and what they are asked to code."""

import sqlalchemy as sa
from alembic import op

from framewire.store.columns import StoredText, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables; what is stored stays as it is."""
    _create_codings()
    _create_queue_items()


def _create_codings() -> None:
    """One coding of one span by one coder at one time."""
    op.create_table(
        "codings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("text_hash", StoredText(), nullable=False),
        sa.Column("coder", StoredText(), nullable=False),
        sa.Column("coded_at", UTCDateTime(), nullable=False),
        sa.Column("codebook_row_id", sa.Integer(), nullable=False),
        sa.Column("origin", StoredText(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("narratives", sa.JSON(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=True),
        sa.Column("replaces", sa.JSON(), nullable=False),
        sa.Column("note", StoredText(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_codings_version_id"),
        sa.ForeignKeyConstraint(["codebook_row_id"], ["codebooks.id"], name="fk_codings_codebook_row_id"),
        sa.PrimaryKeyConstraint("id", name="pk_codings"),
        sa.UniqueConstraint(
            "version_id",
            "span_start",
            "span_end",
            "coder",
            "coded_at",
            name="uq_codings_version_id_span_start_span_end_coder_coded_at",
        ),
    )


def _create_queue_items() -> None:
    """One span that one coder is asked to code."""
    op.create_table(
        "queue_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", StoredText(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("coder", StoredText(), nullable=True),
        sa.Column("reason", StoredText(), nullable=False),
        sa.Column("strategy", StoredText(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("offered_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_queue_items_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_queue_items"),
        sa.UniqueConstraint(
            "coder",
            "version_id",
            "span_start",
            "span_end",
            name="uq_queue_items_coder_version_id_span_start_span_end",
        ),
    )
    op.create_index("ix_queue_items_version_id", "queue_items", ["version_id"])
