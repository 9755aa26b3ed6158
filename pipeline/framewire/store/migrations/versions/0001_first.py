"""The first schema."""

import sqlalchemy as sa
from alembic import op

from framewire.store.columns import StoredText, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _create_outlets_and_feeds()
    _create_runs_and_polls()
    _create_articles()
    _create_entries_and_versions()
    _create_codebooks_and_models()
    _create_labellings()
    _create_narratives()
    _create_mentions()
    _create_summaries()


def _create_outlets_and_feeds() -> None:
    """What is polled."""
    op.create_table(
        "outlets",
        sa.Column("id", StoredText(), nullable=False),
        sa.Column("name", StoredText(), nullable=False),
        sa.Column("group_name", StoredText(), nullable=False),
        sa.Column("country", StoredText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outlets"),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", StoredText(), nullable=False),
        sa.Column("outlet_id", StoredText(), nullable=False),
        sa.Column("language", StoredText(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("etag", StoredText(), nullable=True),
        sa.Column("last_modified", StoredText(), nullable=True),
        sa.Column("body_hash", StoredText(), nullable=True),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.Column("last_polled_at", UTCDateTime(), nullable=True),
        sa.Column("last_success_at", UTCDateTime(), nullable=True),
        sa.Column("last_unconditional_at", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Float(), nullable=False),
        sa.Column("gone_at", UTCDateTime(), nullable=True),
        sa.Column("moved_to", StoredText(), nullable=True),
        sa.Column("moved_since", UTCDateTime(), nullable=True),
        sa.Column("moved_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_feeds_outlet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("url", name="uq_feeds_url"),
    )


def _create_runs_and_polls() -> None:
    """What was done, and when."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("state", StoredText(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("window_start", UTCDateTime(), nullable=True),
        sa.Column("window_end", UTCDateTime(), nullable=True),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_table(
        "polls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("status", StoredText(), nullable=False),
        sa.Column("message", StoredText(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("n_entries", sa.Integer(), nullable=False),
        sa.Column("n_new", sa.Integer(), nullable=False),
        sa.Column("n_changed", sa.Integer(), nullable=False),
        sa.Column("n_skipped", sa.Integer(), nullable=False),
        sa.Column("n_dropped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_polls_feed_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_polls_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
    )
    op.create_index("ix_polls_feed_id_id", "polls", ["feed_id", "id"], unique=False)
    op.create_index("ix_polls_started_at", "polls", ["started_at"], unique=False)


def _create_articles() -> None:
    """Articles: one address of an outlet each."""
    op.create_table(
        "articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", StoredText(), nullable=False),
        sa.Column("url", StoredText(), nullable=True),
        sa.Column("url_key", StoredText(), nullable=False),
        sa.Column("language", StoredText(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("date_source", StoredText(), nullable=False),
        sa.Column("date_flag", StoredText(), nullable=True),
        sa.Column("raw_date", StoredText(), nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_articles_outlet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("outlet_id", "url_key", name="uq_articles_outlet_id_url_key"),
    )
    op.create_index("ix_articles_first_seen_at", "articles", ["first_seen_at"], unique=False)


def _create_entries_and_versions() -> None:
    """Where articles were seen, and their wordings."""
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("identity", StoredText(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("content_hash", StoredText(), nullable=False),
        sa.Column("first_poll", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_entries_article_id"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_entries_feed_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("feed_id", "identity", name="uq_entries_feed_id_identity"),
    )
    op.create_index("ix_entries_article_id", "entries", ["article_id"], unique=False)
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title_end", sa.Integer(), nullable=False),
        sa.Column("text", StoredText(), nullable=False),
        sa.Column("text_hash", StoredText(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_versions_article_id"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("article_id", "number", name="uq_versions_article_id_number"),
    )
    op.create_index("ix_versions_seen_at", "versions", ["seen_at"], unique=False)


def _create_codebooks_and_models() -> None:
    """What labels are made with."""
    op.create_table(
        "codebooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("codebook_id", StoredText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", StoredText(), nullable=False),
        sa.Column("text", StoredText(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_codebooks"),
        sa.UniqueConstraint("digest", name="uq_codebooks_digest"),
    )
    op.create_table(
        "models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", StoredText(), nullable=False),
        sa.Column("digest", StoredText(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
        sa.UniqueConstraint("name", "digest", name="uq_models_name_digest"),
    )


def _create_labellings() -> None:
    """That one version was labelled by one codebook and one model, and its passages."""
    op.create_table(
        "labellings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("codebook_row_id", sa.Integer(), nullable=False),
        sa.Column("model_row_id", sa.Integer(), nullable=False),
        sa.Column("state", StoredText(), nullable=False),
        sa.Column("note", StoredText(), nullable=True),
        sa.Column("labelled_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["codebook_row_id"], ["codebooks.id"], name="fk_labellings_codebook_row_id"),
        sa.ForeignKeyConstraint(["model_row_id"], ["models.id"], name="fk_labellings_model_row_id"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_labellings_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_labellings"),
        sa.UniqueConstraint(
            "version_id",
            "codebook_row_id",
            "model_row_id",
            name="uq_labellings_version_id_codebook_row_id_model_row_id",
        ),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("labelling_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("relevance", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["labelling_id"], ["labellings.id"], name="fk_passages_labelling_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passages"),
        sa.UniqueConstraint("labelling_id", "position", name="uq_passages_labelling_id_position"),
    )


def _create_narratives() -> None:
    """The narratives of passages."""
    op.create_table(
        "narratives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("labelling_id", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("narrative", StoredText(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("state", StoredText(), nullable=False),
        sa.Column("voice", StoredText(), nullable=False),
        sa.Column("accused", StoredText(), nullable=True),
        sa.Column("speaker", StoredText(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["labelling_id"], ["labellings.id"], name="fk_narratives_labelling_id"),
        sa.PrimaryKeyConstraint("id", name="pk_narratives"),
    )
    op.create_index("ix_narratives_labelling_id", "narratives", ["labelling_id"], unique=False)


def _create_mentions() -> None:
    """The term mentions of passages."""
    op.create_table(
        "mentions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("labelling_id", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("referent", StoredText(), nullable=False),
        sa.Column("wording", StoredText(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("text", StoredText(), nullable=False),
        sa.Column("pattern", StoredText(), nullable=False),
        sa.Column("voice", StoredText(), nullable=False),
        sa.Column("speaker", StoredText(), nullable=True),
        sa.ForeignKeyConstraint(["labelling_id"], ["labellings.id"], name="fk_mentions_labelling_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mentions"),
    )
    op.create_index("ix_mentions_labelling_id", "mentions", ["labelling_id"], unique=False)


def _create_summaries() -> None:
    """What was made of it."""
    op.create_table(
        "summaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", StoredText(), nullable=False),
        sa.Column("window_start", UTCDateTime(), nullable=False),
        sa.Column("window_end", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("codebook_row_id", sa.Integer(), nullable=False),
        sa.Column("model_row_id", sa.Integer(), nullable=False),
        sa.Column("digest", StoredText(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["codebook_row_id"], ["codebooks.id"], name="fk_summaries_codebook_row_id"),
        sa.ForeignKeyConstraint(["model_row_id"], ["models.id"], name="fk_summaries_model_row_id"),
        sa.PrimaryKeyConstraint("id", name="pk_summaries"),
        sa.UniqueConstraint("day", name="uq_summaries_day"),
    )
