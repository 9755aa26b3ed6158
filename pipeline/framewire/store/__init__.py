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
from framewire.store.scope import MAX_IDS, Only, get_first_seen, has_language, list_outlets
from framewire.store.series import (
    read_narrative_counts,
    read_newest_mentions,
    read_summed_days,
    read_told,
    read_wording_counts,
)
from framewire.store.starts import read_feed_starts, read_label_starts
from framewire.store.upkeep import backup_store, check_store
from framewire.store.versions import FROM_PAGE
from framewire.store.writes import get_feed_states, sync_feed_list

__all__ = [
    "BY",
    "FROM_PAGE",
    "MAIL_STATES",
    "MAX_IDS",
    "RULES",
    "UNLABELLED",
    "Comparable",
    "Copy",
    "Only",
    "OutgoingMail",
    "StoredMail",
    "Stretch",
    "add_codebook",
    "add_labels",
    "add_mail",
    "add_model",
    "backup_store",
    "check_store",
    "claim_versions_to_label",
    "count_articles",
    "count_mentions",
    "count_narratives",
    "count_unlabelled",
    "drop_old_content",
    "explore_articles",
    "explore_labellings",
    "explore_mentions",
    "explore_narratives",
    "explore_passages",
    "explore_revisions",
    "find_texts",
    "finish_run",
    "get_block_counts",
    "get_codebooks",
    "get_daily_run",
    "get_due_mail",
    "get_due_pages",
    "get_feed_polls",
    "get_feed_states",
    "get_first_poll",
    "get_first_seen",
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
    "has_language",
    "has_summed_up",
    "iter_texts",
    "list_outlets",
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
    "read_narrative_counts",
    "read_narratives",
    "read_newest_mentions",
    "read_passages",
    "read_polls",
    "read_revisions",
    "read_summed_days",
    "read_texts",
    "read_told",
    "read_wording_counts",
    "reading",
    "record_copies",
    "record_page",
    "record_poll",
    "record_robots",
    "record_summary",
    "set_mail_state",
    "shown",
    "start_run",
    "sync_feed_list",
    "transaction",
    "upgrade_store",
]
