"""Coverage: what was read, what was not, and why an outlet is silent."""

from datetime import timedelta

import pandas as pd

from framewire.codebook import Codebook
from framewire.masking import mask_url
from framewire.records import ANSWERED, LabelState
from framewire.summarise.cases import WEEK, Cases
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import FailingFeed, Health, MixingOutlet, SilentOutlet
from framewire.summarise.shares import measure
from framewire.summarise.tables import Tables, iter_rows, name_outlets
from framewire.summarise.window import Window
from framewire.summarise.words import say_of
from framewire.text import normalise

# The run that makes the summary asks the feeds after the window has ended: its answers count for the window.
GRACE = timedelta(days=1)
# Under half an article on such a day, silence says nothing.
MIN_USUAL = 0.5
# Outlets named in a line.
MAX_MIXING = 10


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
        silent=_find_silent(feeds, cases, names),
        rules_only=tuple((str(language), int(n)) for language, n in by_rules.items()),
        n_not_extracted=int(states.get(LabelState.NOT_EXTRACTED.value, 0)),
        n_unlabelled=int(states.get("unlabelled", 0)),
        n_abstained=int(tables.narratives[open_labels]["article_id"].isin(today["article_id"]).sum()),
        n_undated=_count_undated(tables, window),
        n_mixing_scripts=sum(item.share.n for item in mixing),
        mixing=mixing,
        n_revisions=len(revisions),
        n_headlines_changed=int((_folded(revisions["old_title"]) != _folded(revisions["new_title"])).sum()),
        by_group=_count_by_group(today),
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
        f"{'; '.join(outlets)}{f'; and {rest} outlets more' if rest else ''}. "
        f"`framewire articles show {shown[0].article}` shows such words."
    )


def _judge_feeds(tables: Tables, window: Window) -> pd.DataFrame:
    """The listed feeds with `answered` (in the window, or to the run that follows it), `reason`, `since`, `last_new`."""
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
    with_news = polls[(polls["n_new"] > 0) & (polls["started_at"] < window.end)].groupby("url")["started_at"].max()
    last_new = pd.to_datetime(_by_url(with_news, feeds), utc=True)
    told = {"reason": message.fillna(status), "since": since, "last_new": last_new}
    return feeds.assign(answered=answered, status=status, **told)


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


def _find_silent(feeds: pd.DataFrame, cases: Cases, names: dict[str, str]) -> tuple[SilentOutlet, ...]:
    """Listed outlets without an article today that usually have some on this weekday, most missed first."""
    days = [day for day in cases.baseline.history if day % WEEK == 0] or list(cases.baseline.history)
    if not days:
        return ()
    earlier = cases.articles[cases.articles["days_ago"].isin(days)]
    usual = earlier.groupby("outlet").size() / len(days)
    silent = []
    heard = set(cases.today["outlet"])
    for outlet, own in feeds.groupby("outlet", sort=True):
        expected = float(usual.get(outlet, 0.0))
        if outlet not in heard and expected >= MIN_USUAL:
            name = names.get(str(outlet), str(outlet))
            silent.append(SilentOutlet(name, str(own["group"].iloc[0]), expected, _explain(own)))
    return tuple(sorted(silent, key=lambda item: (-item.usual, item.outlet)))


def _explain(feeds: pd.DataFrame) -> str:
    """Why an outlet is silent, as far as its feeds tell."""
    if feeds["answered"].all():
        last = feeds["last_new"].max()
        since = "" if pd.isna(last) else f" since {last:%Y-%m-%d}"
        return f"its feeds answered and held nothing new{since}"
    if feeds["answered"].any():
        return f"{int((~feeds['answered']).sum())} of its {len(feeds)} feeds did not answer"
    reasons = sorted({str(status) for status in feeds["status"].dropna()})
    return f"its feeds did not answer ({', '.join(reasons)})" if reasons else "its feeds were not asked"


def _find_usual(cases: Cases) -> tuple[int, int] | None:
    """The least and the most articles on the days compared with; None without such days."""
    days = cases.baseline.days
    if not days:
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


def _folded(titles: pd.Series) -> pd.Series:
    return titles.fillna("").astype("str").str.split().str.join(" ")
