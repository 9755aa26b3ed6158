"""The only SQL: what was polled, read, labelled and summed up. SQLite by default, PostgreSQL by address.

Open with `open_store`, read inside `reading(engine)`, write inside `transaction(engine)`; every other function takes
the connection that these give.
"""

from framewire.store.coverage import get_first_poll, read_feeds, read_polls
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
from framewire.store.reads import (
    UNLABELLED,
    iter_texts,
    read_articles,
    read_mentions,
    read_narratives,
    read_passages,
    read_revisions,
    read_texts,
)
from framewire.store.runs import finish_run, get_runs, get_summary, record_summary, start_run
from framewire.store.starts import read_feed_starts, read_label_starts
from framewire.store.upkeep import backup_store, check_store
from framewire.store.writes import get_feed_states, record_poll, sync_feed_list

__all__ = [
    "RULES",
    "UNLABELLED",
    "add_codebook",
    "add_labels",
    "add_model",
    "backup_store",
    "check_store",
    "claim_versions_to_label",
    "count_unlabelled",
    "finish_run",
    "get_codebooks",
    "get_feed_states",
    "get_first_poll",
    "get_labelling",
    "get_model_digest",
    "get_models",
    "get_runs",
    "get_summary",
    "iter_texts",
    "open_store",
    "read_articles",
    "read_asked",
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
    "record_poll",
    "record_summary",
    "start_run",
    "sync_feed_list",
    "transaction",
    "upgrade_store",
]
