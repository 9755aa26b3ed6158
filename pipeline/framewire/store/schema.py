"""The tables of the store, one schema for SQLite and PostgreSQL.

Times are aware UTC (`UTCDateTime`), spans are half-open code points of `versions.text`. Names that are words of SQL
are avoided (`group_name`, `span_start`). A change here needs a new file in `migrations/versions` and its id at the end
of `REVISIONS`.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from framewire.store.columns import StoredText, UTCDateTime

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every revision of the schema, oldest first. Opening a store needs the last one only, and no import of Alembic."""

VERSION_TABLE = "framewire_version"
"""Where Alembic writes the revision: an own name, since a PostgreSQL database may be shared with other software."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _column(name: str, kind: Any, *more: Any, **options: Any) -> Column[Any]:
    """A column that is NOT NULL unless said otherwise."""
    return Column(name, kind, *more, **{"nullable": False, **options})


def _optional(name: str, kind: Any, *more: Any, **options: Any) -> Column[Any]:
    """A column that may be NULL."""
    return Column(name, kind, *more, nullable=True, **options)


def _key() -> Column[Any]:
    """The number of a row."""
    return Column("id", Integer, primary_key=True)


# `worker_id` of feeds and runs has no foreign key: SQLite could get one only by writing these tables anew.
workers = Table(
    "workers",
    metadata,
    _key(),
    _column("name", StoredText),
    _column("place", StoredText),
    _column("joined_at", UTCDateTime),
    _column("leased_until", UTCDateTime),
    _column("lease_seconds", Float),
)

claims = Table(
    "claims",
    metadata,
    Column("kind", StoredText, primary_key=True),
    Column("key", StoredText, primary_key=True),
    _column("worker_id", ForeignKey("workers.id", ondelete="CASCADE"), index=True),
)

outlets = Table(
    "outlets",
    metadata,
    Column("id", StoredText, primary_key=True),
    _column("name", StoredText),
    _column("group_name", StoredText),
    _column("country", StoredText),
)

feeds = Table(
    "feeds",
    metadata,
    _key(),
    _column("url", StoredText, unique=True),
    _column("outlet_id", ForeignKey("outlets.id")),
    _column("language", StoredText),
    _column("listed", Boolean),
    _optional("etag", StoredText),
    _optional("last_modified", StoredText),
    _optional("body_hash", StoredText),
    _optional("next_due_at", UTCDateTime),
    _optional("last_polled_at", UTCDateTime),
    _optional("last_success_at", UTCDateTime),
    _optional("last_unconditional_at", UTCDateTime),
    _column("failures", Float),
    _optional("gone_at", UTCDateTime),
    _optional("moved_to", StoredText),
    _optional("moved_since", UTCDateTime),
    _column("moved_count", Integer),
    _optional("failing_since", UTCDateTime),
    _optional("interval_seconds", Float),
    _optional("due_reason", StoredText),
    _optional("seen_items", LargeBinary),
    _optional("worker_id", Integer),
    Index(None, "worker_id"),
)

runs = Table(
    "runs",
    metadata,
    _key(),
    _column("started_at", UTCDateTime),
    _optional("finished_at", UTCDateTime),
    _column("state", StoredText),
    _optional("exit_code", Integer),
    _optional("window_start", UTCDateTime),
    _optional("window_end", UTCDateTime),
    _column("stages", JSON),
    _optional("worker_id", Integer),
    Index(None, "worker_id"),
)

polls = Table(
    "polls",
    metadata,
    _key(),
    _optional("run_id", ForeignKey("runs.id")),
    _column("feed_id", ForeignKey("feeds.id")),
    _column("started_at", UTCDateTime, index=True),
    _column("seconds", Float),
    _column("status", StoredText),
    _column("message", StoredText),
    _optional("http_status", Integer),
    _column("n_entries", Integer),
    _column("n_new", Integer),
    _column("n_changed", Integer),
    _column("n_skipped", Integer),
    _column("n_dropped", Integer),
    Index(None, "feed_id", "id"),
)

articles = Table(
    "articles",
    metadata,
    _key(),
    _column("outlet_id", ForeignKey("outlets.id")),
    _optional("url", StoredText),
    _column("url_key", StoredText),
    _column("language", StoredText),
    _column("first_seen_at", UTCDateTime, index=True),
    _optional("published_at", UTCDateTime, index=True),
    _column("date_source", StoredText),
    _optional("date_flag", StoredText),
    _optional("raw_date", StoredText),
    UniqueConstraint("outlet_id", "url_key"),
    Index(None, "outlet_id", "first_seen_at"),
)

entries = Table(
    "entries",
    metadata,
    _key(),
    _column("feed_id", ForeignKey("feeds.id")),
    _column("identity", StoredText),
    _column("article_id", ForeignKey("articles.id"), index=True),
    _column("first_seen_at", UTCDateTime),
    _column("last_seen_at", UTCDateTime),
    _column("content_hash", StoredText, index=True),
    _column("first_poll", Boolean),
    UniqueConstraint("feed_id", "identity"),
)

versions = Table(
    "versions",
    metadata,
    _key(),
    _column("article_id", ForeignKey("articles.id")),
    _column("number", Integer),
    _column("title_end", Integer),
    _column("text", StoredText),
    _column("text_hash", StoredText),
    _column("seen_at", UTCDateTime, index=True),
    _column("source", StoredText, server_default="feed"),
    _optional("title_change", Float),
    _optional("text_change", Float),
    UniqueConstraint("article_id", "number"),
)

pages = Table(
    "pages",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    _column("state", StoredText),
    _column("message", StoredText),
    _optional("http_status", Integer),
    _column("asked_at", UTCDateTime, index=True),
    _optional("next_due_at", UTCDateTime),
    _column("tries", Integer),
)

blocks = Table(
    "blocks",
    metadata,
    Column("outlet_id", ForeignKey("outlets.id"), primary_key=True),
    Column("block_hash", StoredText, primary_key=True),
    _column("n_pages", Integer),
    _column("last_seen_at", UTCDateTime),
)

robots = Table(
    "robots",
    metadata,
    Column("host", StoredText, primary_key=True),
    _column("state", StoredText),
    _column("text", StoredText),
    _column("asked_at", UTCDateTime),
)

copies = Table(
    "copies",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    _column("original_id", ForeignKey("articles.id"), index=True),
    _column("jaccard", Float),
    _column("found_at", UTCDateTime),
)

codebooks = Table(
    "codebooks",
    metadata,
    _key(),
    _column("codebook_id", StoredText),
    _column("version", Integer),
    _column("digest", StoredText, unique=True),
    _column("text", StoredText),
    _column("added_at", UTCDateTime),
)

models = Table(
    "models",
    metadata,
    _key(),
    _column("name", StoredText),
    _column("digest", StoredText),
    _column("trusted", Boolean),
    _column("card", JSON),
    _column("added_at", UTCDateTime),
    UniqueConstraint("name", "digest"),
)

labellings = Table(
    "labellings",
    metadata,
    _key(),
    _column("version_id", ForeignKey("versions.id")),
    _column("codebook_row_id", ForeignKey("codebooks.id")),
    _column("model_row_id", ForeignKey("models.id")),
    _column("state", StoredText),
    _optional("note", StoredText),
    _column("labelled_at", UTCDateTime),
    UniqueConstraint("version_id", "codebook_row_id", "model_row_id"),
)

passages = Table(
    "passages",
    metadata,
    _key(),
    _column("labelling_id", ForeignKey("labellings.id")),
    _column("position", Integer),
    _column("span_start", Integer),
    _column("span_end", Integer),
    _column("relevant", Boolean),
    _column("relevance", Float),
    UniqueConstraint("labelling_id", "position"),
)

narratives = Table(
    "narratives",
    metadata,
    _key(),
    _column("labelling_id", ForeignKey("labellings.id"), index=True),
    _column("passage", Integer),
    _column("narrative", StoredText),
    _column("score", Float),
    _column("state", StoredText),
    _column("voice", StoredText),
    _optional("accused", StoredText),
    _optional("speaker", StoredText),
    _column("evidence", JSON),
)

mentions = Table(
    "mentions",
    metadata,
    _key(),
    _column("labelling_id", ForeignKey("labellings.id"), index=True),
    _column("passage", Integer),
    _column("referent", StoredText),
    _column("wording", StoredText),
    _column("span_start", Integer),
    _column("span_end", Integer),
    _column("text", StoredText),
    _column("pattern", StoredText),
    _column("voice", StoredText),
    _optional("speaker", StoredText),
)

summaries = Table(
    "summaries",
    metadata,
    _key(),
    _column("day", StoredText, unique=True),
    _column("window_start", UTCDateTime),
    _column("window_end", UTCDateTime),
    _column("made_at", UTCDateTime),
    _column("codebook_row_id", ForeignKey("codebooks.id")),
    _column("model_row_id", ForeignKey("models.id")),
    _column("digest", StoredText),
    _column("numbers", JSON),
)

outbox = Table(
    "outbox",
    metadata,
    _key(),
    _column("kind", StoredText),
    _column("list_name", StoredText),
    _column("day", StoredText),
    _column("recipient", StoredText),
    _column("message_id", StoredText, unique=True),
    _column("subject", StoredText),
    _column("content", LargeBinary),
    _column("state", StoredText, index=True),
    _optional("reason", StoredText),
    _column("tries", Integer),
    _optional("next_due_at", UTCDateTime),
    _column("created_at", UTCDateTime),
    _column("changed_at", UTCDateTime),
    UniqueConstraint("kind", "list_name", "day", "recipient"),
)

codings = Table(
    "codings",
    metadata,
    _key(),
    _column("version_id", ForeignKey("versions.id")),
    _column("span_start", Integer),
    _column("span_end", Integer),
    _column("text_hash", StoredText),
    _column("coder", StoredText),
    _column("coded_at", UTCDateTime),
    _column("codebook_row_id", ForeignKey("codebooks.id")),
    _column("origin", StoredText),
    _column("blind", Boolean),
    _column("relevant", Boolean),
    _column("narratives", JSON),
    _optional("mentions", JSON),
    _column("replaces", JSON),
    _optional("note", StoredText),
    UniqueConstraint("version_id", "span_start", "span_end", "coder", "coded_at"),
)

queue_items = Table(
    "queue_items",
    metadata,
    _key(),
    _column("batch", StoredText),
    _column("version_id", ForeignKey("versions.id"), index=True),
    _column("span_start", Integer),
    _column("span_end", Integer),
    _optional("coder", StoredText),
    _column("reason", StoredText),
    _column("strategy", StoredText),
    _column("position", Integer),
    _column("offered_at", UTCDateTime),
    _optional("done_at", UTCDateTime),
    _column("blind", Boolean),
    UniqueConstraint("coder", "version_id", "span_start", "span_end"),
)
