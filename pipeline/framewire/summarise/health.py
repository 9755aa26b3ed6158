"""Coverage: what was read, what was not, and why an outlet is silent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from framewire.codebook import Codebook
from framewire.masking import mask_url
from framewire.records import ANSWERED, LabelState, PageState
from framewire.summarise.cases import Cases
from framewire.summarise.excerpts import clean_line
from framewire.summarise.gaps import MIN_HOURS_DOWN, MIN_USUAL, Reason
from framewire.summarise.headlines import is_headline_changed
from framewire.summarise.parts import FailingFeed, Health, MailTrouble, MixingOutlet, SilentOutlet
from framewire.summarise.shares import measure
from framewire.summarise.tables import MAX_NAME, Tables, iter_rows, name_outlets
from framewire.summarise.window import Window
from framewire.summarise.words import say_of
from framewire.text import normalise
from framewire.text.counts import say_count

# The run that makes the summary asks the feeds after the window has ended: its answers count for the window.
GRACE = timedelta(days=1)
# Outlets named in a line.
MAX_MIXING = 10
# What leaves an outlet unread, whether or not it is known how much it usually has.
_UNREAD = [reason.value for reason in (Reason.NOT_ASKED, Reason.DEAD, Reason.BLOCKED, Reason.FAILING)]
# Of a pause of ours the section speaks once, and a first day is no fault.
_TOLD_ONCE = [reason.value for reason in (Reason.PARTLY_ASKED, Reason.NEW)]


def build_health(tables: Tables, cases: Cases, window: Window) -> Health:
    """What was read in the window and what was not."""
    today, relevant = cases.today, cases.today[cases.today["relevant"]]
    feeds, names = _judge_feeds(tables, window), name_outlets(tables.articles)
    failing = _find_failing(feeds, names)
    revisions = tables.revisions
    mixing = _find_mixing(tables, cases, names)
    open_labels = tables.narratives["state"] == LabelState.ABSTAINED.value
    states = today["state"].value_counts()
    by_rules = today.loc[today["state"] == LabelState.RULES_ONLY.value, "language"].value_counts().sort_index()
    return Health(
        n_articles=len(today),
        n_relevant=len(relevant),
        n_outlets=int(today["outlet"].nunique()),
        n_copies=int(relevant["is_copy"].sum()),
        usual=_find_usual(cases),
        n_feeds=len(feeds),
        n_answered=int(feeds["answered"].sum()),
        failing=failing,
        silent=_find_silent(tables.coverage),
        partial=_find_partial(tables.coverage),
        hours_down=0.0 if tables.coverage.empty else float(tables.coverage["hours_down"].max()),
        rules_only=tuple((str(language), int(n)) for language, n in by_rules.items()),
        n_not_extracted=int(states.get(LabelState.NOT_EXTRACTED.value, 0)),
        n_headline_only=int((today["page"] == PageState.HEADLINE_ONLY.value).sum()),
        n_unlabelled=int(states.get("unlabelled", 0)),
        n_abstained=int(tables.narratives[open_labels]["article_id"].isin(today["article_id"]).sum()),
        n_undated=_count_undated(tables, window),
        n_mixing_scripts=sum(item.share.n for item in mixing),
        mixing=mixing,
        n_revisions=len(revisions),
        n_headlines_changed=_count_changed(revisions),
        by_group=_count_by_group(today),
        mail=tuple(_say_trouble(one) for one in tables.mail),
    )


def describe_languages(health: Health, codebook: Codebook) -> tuple[str, ...]:
    """A line for each language that only the codebook's patterns label, or that nothing labels."""
    lines = []
    for language, n in health.rules_only:
        how = "by the codebook's patterns only" if language in codebook.languages else "not at all: no patterns for it"
        lines.append(f"{language}: {n} article{'s' * (n != 1)}, labelled {how}")
    return tuple(lines)


def describe_mixing(health: Health) -> str:
    """A sentence on the outlets with words that mix scripts, '' if there are none."""
    if not health.mixing:
        return ""
    n, shown = health.n_mixing_scripts, health.mixing[:MAX_MIXING]
    outlets = [f"{item.outlet} {say_of(item.share)} (before: {say_of(item.before)})" for item in shown]
    rest = len(health.mixing) - len(shown)
    return (
        f"{n} article{'s' * (n != 1)} on the subject with words that mix scripts by letters that look alike: "
        f"{'; '.join(outlets)}{f'; and {rest} more' if rest else ''}. "
        f"`framewire articles show {shown[0].article}` shows such words."
    )


def _say_trouble(trouble: MailTrouble) -> str:
    """`Mail of 2026-11-22, list daily: 1 message refused.`"""
    told = "refused" if trouble.state == "refused" else "that may not have arrived"
    return f"Mail of {trouble.day}, list {trouble.list_name}: {say_count(trouble.n, 'message')} {told}."


def describe_downtime(health: Health) -> str:
    """A sentence on the hours in which no feed was asked although some were due, '' if they are few."""
    if health.hours_down < MIN_HOURS_DOWN:
        return ""
    return (
        f"No feed was asked for {health.hours_down:.1f} hours of this day: what came and went meanwhile is not known."
    )


def _judge_feeds(tables: Tables, window: Window) -> pd.DataFrame:
    """The listed feeds with `answered` (in the window, or to the run that follows it), `reason` and `since`."""
    feeds = tables.feeds[tables.feeds["listed"]]
    limit = window.end + GRACE
    polls = tables.polls[tables.polls["started_at"] < limit]
    good = polls[polls["status"].isin(ANSWERED)]
    in_window = set(good.loc[good["started_at"] >= window.start, "url"])
    success = feeds["last_success_at"]
    answered = feeds["url"].isin(in_window) | ((success >= window.start) & (success < limit))
    latest = polls.sort_values(["started_at", "poll_id"]).drop_duplicates("url", keep="last").set_index("url")
    is_current = feeds["last_polled_at"] < limit
    status = feeds["last_status"].where(is_current, _by_url(latest["status"], feeds))
    message = feeds["last_message"].where(is_current, _by_url(latest["message"], feeds))
    earlier = pd.to_datetime(_by_url(good.groupby("url")["started_at"].max(), feeds), utc=True).astype(success.dtype)
    since = success.where(success < limit, earlier)
    return feeds.assign(answered=answered, status=status, reason=message.fillna(status), since=since)


def _by_url(values: pd.Series, feeds: pd.DataFrame) -> pd.Series:
    """Values by address in the order of the feeds, missing where there is none."""
    return values.reindex(feeds["url"]).set_axis(feeds.index)


def _find_failing(feeds: pd.DataFrame, names: dict[str, str]) -> tuple[FailingFeed, ...]:
    failing = feeds[feeds["status"].notna() & ~feeds["status"].isin(ANSWERED)].sort_values(["outlet", "url"])
    return tuple(
        FailingFeed(
            names.get(row.outlet, row.outlet),
            mask_url(row.url),
            clean_line(f"{row.status}: {row.reason}" if row.reason != row.status else row.status),
            None if pd.isna(row.since) else row.since.to_pydatetime(),
        )
        for row in iter_rows(failing)
    )


def _find_silent(coverage: pd.DataFrame) -> tuple[SilentOutlet, ...]:
    """Outlets without an article that usually have some or gave none of their feeds, most missed first."""
    if coverage.empty:
        return ()
    is_missed = (coverage["expected"] >= MIN_USUAL) | coverage["reason"].isin(_UNREAD)
    silent = [_name_gap(row) for row in iter_rows(coverage[(coverage["articles"] == 0) & is_missed])]
    return tuple(sorted(_join_alike(silent), key=lambda item: (-(item.usual or 0.0), item.outlet)))


def _find_partial(coverage: pd.DataFrame) -> tuple[SilentOutlet, ...]:
    """Outlets with articles today of which some are or may be missing, or cannot be read."""
    if coverage.empty:
        return ()
    rows = coverage[(coverage["articles"] > 0) & coverage["is_gap"] & ~coverage["reason"].isin(_TOLD_ONCE)]
    return tuple(_name_gap(row) for row in iter_rows(rows))


def _name_gap(row: Any) -> SilentOutlet:
    usual = None if pd.isna(row.expected) else float(row.expected)
    return SilentOutlet(clean_line(row.outlet_name, limit=MAX_NAME), row.group, usual, f"{row.reason}: {row.detail}")


def _join_alike(silent: Sequence[SilentOutlet]) -> list[SilentOutlet]:
    """The outlets; those not read for the very same reason on one line: when nothing was asked, all are silent for that."""
    alike: defaultdict[str, list[SilentOutlet]] = defaultdict(list)
    for item in silent:
        alike[item.outlet if item.why.startswith(Reason.QUIET) else item.why].append(item)
    return [own[0] if len(own) == 1 else _join(own) for own in alike.values()]


def _join(own: Sequence[SilentOutlet]) -> SilentOutlet:
    names = ", ".join(item.outlet for item in own)
    groups = sorted({item.group for item in own})
    return SilentOutlet(names, ", ".join(groups), sum(item.usual or 0.0 for item in own) or None, own[0].why)


def _find_usual(cases: Cases) -> tuple[int, int] | None:
    """The least and the most articles on the days compared with; None without such days."""
    days = cases.baseline.days
    if not days or cases.baseline.basis == "range":
        return None
    sizes = cases.articles["days_ago"].value_counts().reindex(list(days), fill_value=0)
    return int(sizes.min()), int(sizes.max())


def _count_undated(tables: Tables, window: Window) -> int:
    """Articles of a first poll in the window that count nowhere, because nothing says when they were published."""
    articles = tables.articles
    seen = (articles["first_seen_at"] >= window.start) & (articles["first_seen_at"] < window.end)
    return int((seen & articles["first_poll"] & articles["published_at"].isna()).sum())


def _find_mixing(tables: Tables, cases: Cases, names: dict[str, str]) -> tuple[MixingOutlet, ...]:
    """Outlets whose articles on the subject hold words in look-alike letters of another script today, most such first."""
    relevant = cases.relevant
    is_today = relevant["days_ago"] == 0
    mixed_today = _mix_scripts(tables, relevant[is_today])
    found = []
    for outlet in sorted(set(mixed_today["outlet"])):
        own, mixed = relevant["outlet"] == outlet, mixed_today[mixed_today["outlet"] == outlet]
        before = relevant[own & ~is_today]
        share = measure(len(mixed), int((own & is_today).sum()))
        earlier = measure(len(_mix_scripts(tables, before)), len(before))
        found.append(MixingOutlet(names.get(outlet, outlet), share, earlier, int(mixed["article_id"].iloc[0])))
    return tuple(sorted(found, key=lambda item: (-item.share.n, item.outlet)))


def _mix_scripts(tables: Tables, articles: pd.DataFrame) -> pd.DataFrame:
    """Those of the articles with a word that mixes scripts."""
    versions = [tables.texts.get(version) for version in articles["version_id"].tolist()]
    mixed = [bool(v and normalise(v.text, language=v.language).mixed_words) for v in versions]
    return articles[pd.Series(mixed, index=articles.index, dtype=bool)]


def _count_by_group(today: pd.DataFrame) -> tuple[tuple[str, int, int], ...]:
    """(group, articles, relevant ones), by group."""
    return tuple((str(group), len(own), int(own["relevant"].sum())) for group, own in today.groupby("group", sort=True))


def _count_changed(revisions: pd.DataFrame) -> int:
    """How many versions changed the headline, in more than layout."""
    titles = zip(revisions["old_title"].fillna("").tolist(), revisions["new_title"].fillna("").tolist(), strict=True)
    return sum(is_headline_changed(str(old), str(new)) for old, new in titles)
