"""Bytes from the world to entries: the feed list, the only HTTP, parsing, polling."""

from framewire.ingest.answers import PollSettings
from framewire.ingest.archived import ArchivedPage, collect_page, read_archived
from framewire.ingest.clean import build_text, clean_text
from framewire.ingest.collected import COLLECTIONS, Collected, OutletNames, choose_columns, collect_row
from framewire.ingest.dates import FoundDate, find_published_at
from framewire.ingest.extract import ExtractedPage, PageBytes, extract_page
from framewire.ingest.feedlist import (
    NO_COUNTRY,
    NO_GROUP,
    check_feed,
    check_group,
    find_feed,
    get_feed,
    list_near_names,
    load_feed_list,
)
from framewire.ingest.fetch import Fetched, FetchLimits, fetch_bytes
from framewire.ingest.identity import build_identity, canonical_url
from framewire.ingest.language import explain_language, with_languages
from framewire.ingest.listedits import add_feed, add_outlets, find_new_feeds, remove_feed, set_enabled
from framewire.ingest.moves import describe_move, has_moved
from framewire.ingest.opml import export_opml, import_opml
from framewire.ingest.pages import PageSettings, fetch_pages
from framewire.ingest.parse import parse_feed
from framewire.ingest.poll import poll_feed, poll_feeds, poll_in_groups
from framewire.ingest.rhythm import say_duration
from framewire.ingest.rows import SourceRow, iter_csv_rows, iter_json_rows, iter_jsonl_rows, iter_parquet_rows
from framewire.ingest.schedule import PollResult, is_due, is_gone, is_gone_for_good, next_state
from framewire.ingest.trial import Trial, say_once, try_feed
from framewire.ingest.warc import WarcPage, WarcPlace, iter_warc_pages, iter_warc_places

__all__ = [
    "COLLECTIONS",
    "NO_COUNTRY",
    "NO_GROUP",
    "ArchivedPage",
    "Collected",
    "ExtractedPage",
    "FetchLimits",
    "Fetched",
    "FoundDate",
    "OutletNames",
    "PageBytes",
    "PageSettings",
    "PollResult",
    "PollSettings",
    "SourceRow",
    "Trial",
    "WarcPage",
    "WarcPlace",
    "add_feed",
    "add_outlets",
    "build_identity",
    "build_text",
    "canonical_url",
    "check_feed",
    "check_group",
    "choose_columns",
    "clean_text",
    "collect_page",
    "collect_row",
    "describe_move",
    "explain_language",
    "export_opml",
    "extract_page",
    "fetch_bytes",
    "fetch_pages",
    "find_feed",
    "find_new_feeds",
    "find_published_at",
    "get_feed",
    "has_moved",
    "import_opml",
    "is_due",
    "is_gone",
    "is_gone_for_good",
    "iter_csv_rows",
    "iter_json_rows",
    "iter_jsonl_rows",
    "iter_parquet_rows",
    "iter_warc_pages",
    "iter_warc_places",
    "list_near_names",
    "load_feed_list",
    "next_state",
    "parse_feed",
    "poll_feed",
    "poll_feeds",
    "poll_in_groups",
    "read_archived",
    "remove_feed",
    "say_duration",
    "say_once",
    "set_enabled",
    "try_feed",
    "with_languages",
]
