"""The only SQL: what was polled, read, labelled and summed up. SQLite by default, PostgreSQL by address.

Open with `open_store`, read inside `reading(engine)`, write inside `transaction(engine)`; every other function takes
the connection that these give.
"""

from framewire.store.coverage import get_first_poll, read_feeds, read_polls
from framewire.store.daily import BY, Stretch, count_articles, count_mentions, count_narratives
from framewire.store.days import read_asked, read_counted, read_followed, read_moments
from framewire.store.engine import open_store, reading, transaction, upgrade_store
from framewire.store.explore import (
    explore_articles,
    explore_labellings,
    explore_mentions,
    explore_narratives,
    explore_passages,
    explore_revisions,
    find_texts,
)
from framewire.store.faults import shown
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
from framewire.store.scope import MAX_IDS, Only, get_first_seen, has_language, list_outlets
from framewire.store.upkeep import backup_store, check_store
from framewire.store.writes import get_feed_states, record_poll, sync_feed_list

__all__ = [
    "BY",
    "MAX_IDS",
    "RULES",
    "UNLABELLED",
    "Only",
    "Stretch",
    "add_codebook",
    "add_labels",
    "add_model",
    "backup_store",
    "check_store",
    "claim_versions_to_label",
    "count_articles",
    "count_mentions",
    "count_narratives",
    "count_unlabelled",
    "explore_articles",
    "explore_labellings",
    "explore_mentions",
    "explore_narratives",
    "explore_passages",
    "explore_revisions",
    "find_texts",
    "finish_run",
    "get_codebooks",
    "get_feed_states",
    "get_first_poll",
    "get_first_seen",
    "get_labelling",
    "get_model_digest",
    "get_models",
    "get_runs",
    "get_summary",
    "has_language",
    "iter_texts",
    "list_outlets",
    "open_store",
    "read_articles",
    "read_asked",
    "read_counted",
    "read_feeds",
    "read_followed",
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
    "shown",
    "start_run",
    "sync_feed_list",
    "transaction",
    "upgrade_store",
]
