"""The only SQL: what was polled, read, labelled and summed up. SQLite by default, PostgreSQL by address.

Open with `open_store`, read inside `reading(engine)`, write inside `transaction(engine)`; every other function takes
the connection that these give.
"""

from framewire.store.copies import (
    Comparable,
    Copy,
    get_originals,
    read_articles_near,
    read_changed_articles,
    record_copies,
)
from framewire.store.coverage import get_feed_polls, get_first_poll, get_news, read_feeds, read_polls
from framewire.store.days import read_asked, read_counted, read_followed, read_moments
from framewire.store.engine import open_store, reading, transaction, upgrade_store
from framewire.store.labelling import (
    RULES,
    add_codebook,
    add_labels,
    add_model,
    claim_versions_to_label,
    count_unlabelled,
    get_codebooks,
    get_labelling,
    get_model_digest,
    get_models,
)
from framewire.store.outbox import (
    MAIL_STATES,
    OutgoingMail,
    StoredMail,
    add_mail,
    drop_old_content,
    get_due_mail,
    get_mail,
    get_mail_content,
    get_newest_mail_day,
    set_mail_state,
)
from framewire.store.pages import (
    get_block_counts,
    get_due_pages,
    get_page,
    get_robots,
    record_page,
    record_robots,
)
from framewire.store.polls import record_poll
from framewire.store.reads import (
    UNLABELLED,
    iter_texts,
    read_articles,
    read_mentions,
    read_narratives,
    read_passages,
    read_texts,
)
from framewire.store.revisions import read_article_revisions, read_revisions
from framewire.store.runs import (
    finish_run,
    get_daily_run,
    get_last_start,
    get_runs,
    get_summary,
    has_summed_up,
    record_summary,
    start_run,
)
from framewire.store.starts import read_feed_starts, read_label_starts
from framewire.store.upkeep import backup_store, check_store
from framewire.store.versions import FROM_PAGE
from framewire.store.writes import get_feed_states, sync_feed_list

__all__ = [
    "FROM_PAGE",
    "MAIL_STATES",
    "RULES",
    "UNLABELLED",
    "Comparable",
    "Copy",
    "OutgoingMail",
    "StoredMail",
    "add_codebook",
    "add_labels",
    "add_mail",
    "add_model",
    "backup_store",
    "check_store",
    "claim_versions_to_label",
    "count_unlabelled",
    "drop_old_content",
    "finish_run",
    "get_block_counts",
    "get_codebooks",
    "get_daily_run",
    "get_due_mail",
    "get_due_pages",
    "get_feed_polls",
    "get_feed_states",
    "get_first_poll",
    "get_labelling",
    "get_last_start",
    "get_mail",
    "get_mail_content",
    "get_model_digest",
    "get_models",
    "get_newest_mail_day",
    "get_news",
    "get_originals",
    "get_page",
    "get_robots",
    "get_runs",
    "get_summary",
    "has_summed_up",
    "iter_texts",
    "open_store",
    "read_article_revisions",
    "read_articles",
    "read_articles_near",
    "read_asked",
    "read_changed_articles",
    "read_counted",
    "read_feed_starts",
    "read_feeds",
    "read_followed",
    "read_label_starts",
    "read_mentions",
    "read_moments",
    "read_narratives",
    "read_passages",
    "read_polls",
    "read_revisions",
    "read_texts",
    "reading",
    "record_copies",
    "record_page",
    "record_poll",
    "record_robots",
    "record_summary",
    "set_mail_state",
    "start_run",
    "sync_feed_list",
    "transaction",
    "upgrade_store",
]
