"""One feed asked on trial: what it is, before anybody lists it. Nothing is remembered."""

from dataclasses import dataclass
from datetime import datetime

from framewire.errors import ASKED_AFTER, ASKED_AGAIN
from framewire.ingest.answers import PollSettings, ask_feed, read_answer
from framewire.ingest.encoding import decode_body
from framewire.ingest.fetch import Fetched
from framewire.ingest.language import guess_language
from framewire.ingest.parse import find_feed_links
from framewire.ingest.reading import Document, open_readers
from framewire.records import Feed, FeedOutcome, ParsedFeed, PollStatus

# Headlines read to guess a language.
N_HEADLINES = 40


@dataclass(frozen=True, slots=True)
class Trial:
    """What one address answered. `language` is what its headlines are in, `names` the feeds that a web page names."""

    outcome: FeedOutcome
    title: str = ""
    language: str | None = None
    names: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """True if it is a feed with entries."""
        return self.outcome.status.is_success and bool(self.outcome.entries)

    @property
    def newest(self) -> datetime | None:
        """When its newest entry was published; None if no entry has a date."""
        return max((entry.published_at for entry in self.outcome.entries if entry.published_at), default=None)


def say_once(message: str) -> str:
    """What went wrong with an address that is asked only now, without the promise to ask again that a listed feed gets."""
    return message.replace(ASKED_AGAIN, "try it again later").replace(ASKED_AFTER, "try it again after")


def try_feed(feed: Feed, *, settings: PollSettings, now: datetime) -> Trial:
    """What the feed answers, asked once and read in a child process.

    Raises:
        ParserUnavailable: child processes do not work at all.
    """
    answer = ask_feed(feed, None, settings=settings, now=now)
    titles: list[str] = []
    with open_readers(1) as read_in_child:

        def read(document: Document) -> ParsedFeed:
            parsed = read_in_child(document)
            titles.append(parsed.title)
            return parsed

        outcome = read_answer(answer, settings=settings, now=now, read=read)
    if not isinstance(answer.fetched, Fetched):
        return Trial(outcome)
    if outcome.status is PollStatus.NOT_A_FEED:
        text = decode_body(answer.fetched.body, content_type=answer.fetched.content_type)
        return Trial(outcome, names=find_feed_links(text, url=answer.fetched.url))
    headlines = ". ".join(entry.title for entry in outcome.entries[:N_HEADLINES])
    return Trial(outcome, title="".join(titles[:1]), language=guess_language(headlines))
