"""Small tables for the summary's tests, written by hand one article at a time. The dispute over the dam is invented."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from framewire.records import ArticleVersion
from framewire.summarise import Tables, Window, window_of
from framewire.text import find_passages

DAY = date(2026, 11, 23)
WINDOW = window_of(DAY, zone=ZoneInfo("Asia/Yerevan"))
NOW = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
GROUPS = {"n": "norland", "s": "sudland", "w": "world"}
COLUMNS = {
    "articles": "article_id outlet outlet_name group country language url title first_seen_at published_at date_flag "
    "first_poll version_id n_versions state relevant text_hash copy_of source page pickup",
    "mentions": "article_id version_id outlet group language first_seen_at published_at passage referent wording text voice "
    "speaker start end relevant",
    "narratives": "article_id version_id outlet group language first_seen_at published_at passage narrative score state "
    "voice accused speaker evidence",
    "passages": "article_id version_id passage start end relevant relevance",
    "polls": "poll_id run_id url outlet started_at seconds status message http_status n_entries n_new n_changed n_skipped "
    "n_dropped",
    "feeds": "url outlet group language listed etag last_modified body_hash next_due_at last_polled_at last_success_at "
    "last_unconditional_at failures gone_at moved_to moved_since moved_count last_status last_message",
    "revisions": "article_id outlet url seen_at old_title new_title old_version_id new_version_id title_change text_change "
    "source old_wordings new_wordings old_narratives new_narratives",
}
TIMES = {
    *("first_seen_at", "published_at", "started_at", "seen_at", "next_due_at", "last_polled_at", "last_success_at"),
    *("last_unconditional_at", "gone_at", "moved_since"),
}
WHOLE = {
    *("article_id", "version_id", "n_versions", "passage", "start", "end", "poll_id", "moved_count", "old_version_id"),
    *("pickup", "new_version_id", "n_entries", "n_new", "n_changed", "n_skipped", "n_dropped"),
}
YES_NO = {"first_poll", "relevant", "listed"}
NUMBERS = {"score", "relevance", "seconds", "failures", "title_change", "text_change"}
OBJECTS = {"evidence", "old_wordings", "new_wordings", "old_narratives", "new_narratives"}
WHOLE_OR_NONE = {"run_id", "http_status", "copy_of"}

Mention = tuple[str, str, str] | tuple[str, str, str, str]


def build_table(name: str, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """A table with the store's columns and dtypes, also without rows."""
    text = pd.Series(["text"]).dtype
    columns = {}
    for column in COLUMNS[name].split():
        dtype: Any = text
        for names, own in (
            (TIMES, "datetime64[us, UTC]"),
            (WHOLE, "int64"),
            (YES_NO, "bool"),
            (NUMBERS, "float64"),
            (OBJECTS, "object"),
            (WHOLE_OR_NONE, "Int64"),
        ):
            dtype = own if column in names else dtype
        columns[column] = pd.Series([row.get(column) for row in rows], dtype=dtype)
    return pd.DataFrame(columns)


def own_words(*parts: object) -> str:
    """Six invented words that no other article has, so that it is a story of its own."""
    digest = sha256(" ".join(map(str, parts)).encode()).hexdigest()
    letters = digest.translate(str.maketrans("0123456789", "ghijklmnop"))
    return " ".join(letters[i : i + 6] for i in range(0, 36, 6))


class Desk:
    """Collects articles, polls and revisions and gives them as the tables of a summary."""

    def __init__(self, window: Window = WINDOW) -> None:
        self.window = window
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
        self.texts: dict[int, ArticleVersion] = {}
        self.covered: list[dict[str, Any]] = []

    def article(
        self,
        outlet: str,
        title: str,
        body: str = "",
        *,
        ago: int = 0,
        hour: float = 5.0,
        mentions: Sequence[Mention] = (),
        narratives: Sequence[dict[str, Any]] = (),
        **other: Any,
    ) -> int:
        """Adds an article seen so many days ago, so many hours into the window; gives its id.

        A mention is (referent, wording, surface[, voice]); a narrative is a dict with at least `narrative`.
        """
        number = len(self.rows["articles"]) + 1
        text = f"{title}\n{body}" if body else title
        seen = self.window.before(ago).start + timedelta(hours=hour)
        row = {
            "article_id": number,
            "version_id": number + 1000,
            "outlet": outlet,
            "outlet_name": f"The {outlet.title()}",
            "group": GROUPS.get(outlet[:1], ""),
            "country": "XX",
            "language": "en",
            "url": f"http://{outlet}.example/{number}",
            "title": title,
            "first_seen_at": seen,
            "published_at": seen,
            "first_poll": False,
            "n_versions": 1,
            "pickup": 1,
            "state": "labelled",
            "relevant": bool(mentions or narratives),
            "text_hash": sha256(text.encode(errors="replace")).hexdigest(),
        } | other
        self.rows["articles"].append(row)
        self.texts[number + 1000] = ArticleVersion(
            *(
                number + 1000,
                number,
                1,
                outlet,
                row["url"],
                row["language"],
                text,
                len(title),
                row["text_hash"],
                seen,
                seen,
            )
        )
        passages = find_passages(text, title_end=len(title), language="en")
        for passage in passages:
            span = {"passage": passage.position, "start": passage.start, "end": passage.end}
            self.rows["passages"].append(row | span | {"relevance": float(row["relevant"])})
        for referent, wording, surface, *voice in mentions:
            start = text.index(surface)
            at = next((p.position for p in passages if p.start <= start < p.end), 0)
            told = {
                "referent": referent,
                "wording": wording,
                "text": surface,
                "voice": voice[0] if voice else "asserted",
            }
            place = {"passage": at, "start": start, "end": start + len(surface), "relevant": True}
            self.rows["mentions"].append(row | told | place)
        for narrative in narratives:
            plain = {"passage": 0, "score": 0.9, "state": "labelled", "voice": "asserted", "evidence": []}
            self.rows["narratives"].append(row | plain | narrative)
        return number

    def feed(self, outlet: str, *, status: str = "ok", message: str | None = None, succeeded: bool = True) -> None:
        """Adds an outlet's feed, last asked when the window had ended."""
        asked = self.window.end + timedelta(minutes=20)
        self.rows["feeds"].append(
            {
                "url": f"http://{outlet}.example/rss",
                "outlet": outlet,
                "group": GROUPS.get(outlet[:1], ""),
                "language": "en",
                "listed": True,
                "last_polled_at": asked,
                "last_success_at": asked if succeeded else None,
                "failures": 0.0,
                "moved_count": 0,
                "last_status": status,
                "last_message": message,
            }
        )

    def cover(self, outlet: str, reason: str, *, n: int = 0, usual: float | None = 1.0, **more: Any) -> None:
        """Adds an outlet's row of the coverage table, as far as the summary looks at it."""
        about = {"outlet": outlet, "outlet_name": f"The {outlet.title()}", "group": GROUPS.get(outlet[:1], "")}
        number = {"articles": n, "expected": usual, "is_gap": reason not in ("quiet", "as usual"), "hours_down": 0.0}
        self.covered.append(about | number | {"reason": reason, "detail": f"why {reason}"} | more)

    def revision(self, article: int, old: str, new: str, **labels: list[str]) -> None:
        """Adds a changed headline of an article; `labels` are those of either version, none of both unless given."""
        row = self.rows["articles"][article - 1]
        seen = {"seen_at": self.window.start + timedelta(hours=9), "old_title": old, "new_title": new}
        ids = {"old_version_id": 1, "new_version_id": 2, "source": "feed"}
        self.rows["revisions"].append(row | seen | ids | labels)

    def tables(self) -> Tables:
        """What was collected."""
        made = {name: build_table(name, rows) for name, rows in self.rows.items()}
        return Tables(**made, texts=self.texts, coverage=pd.DataFrame(self.covered))
