"""Which summaries a day has: the whole, and one for each list of mail that wants a part of it, or a week at a time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from framewire.config import FILE_NAME
from framewire.errors import ConfigError, InputError
from framewire.mail_settings import MailList
from framewire.store import read_followed, reading
from framewire.summarise import Selection, Window, window_of
from framewire.workflow.summaries import WHOLE, Edition
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

WEEK = 7
SUNDAY = 6


def select_part(
    workspace: Workspace,
    *,
    outlets: Sequence[str] = (),
    groups: Sequence[str] = (),
    referents: Sequence[str] = (),
    narratives: Sequence[str] = (),
) -> Selection:
    """The part with these outlets, those of these groups, these referents and narratives; all of a kind if none is named.

    Raises:
        InputError: one of them is unknown; the nearest known one is named.
    """
    by_id = _list_outlets(workspace)
    codebook = workspace.codebook
    for what, names, known in (
        ("outlet", outlets, list(by_id)),
        ("group", groups, sorted(set(by_id.values()))),
        ("referent", referents, [one.id for one in codebook.terminology]),
        ("narrative", narratives, list(codebook.narrative_ids)),
    ):
        for name in names:
            if name not in known:
                raise InputError(unknown_message(what, name, known))
    chosen = {*outlets, *(outlet for outlet, group in by_id.items() if group in groups)}
    return Selection(frozenset(chosen), frozenset(referents), frozenset(narratives))


def choose_edition(workspace: Workspace, one: MailList) -> Edition:
    """What a list gets: the whole summary, or one of its own.

    Raises:
        ConfigError: it names an outlet, a group, a referent or a narrative that is unknown.
    """
    if not one.is_part:
        return WHOLE
    try:
        part = select_part(
            workspace, outlets=one.outlets, groups=one.groups, referents=one.referents, narratives=one.narratives
        )
    except InputError as error:
        raise ConfigError(f"{workspace.config.folder / FILE_NAME}: [[mail.list]] '{one.name}': {error}") from error
    return Edition(one.name, one.title, part)


def find_window_of(window: Window, one: MailList) -> Window | None:
    """What a list gets a summary of when this day has ended: the day, its week if it is a Sunday, or nothing."""
    if one.every == "day":
        return window
    if window.day.weekday() != SUNDAY:
        return None
    monday = window.day - timedelta(days=WEEK - 1)
    return window_of(monday, zone=ZoneInfo(window.zone), day_starts_at=window.day_starts_at, n_days=WEEK)


def check_lists(workspace: Workspace) -> None:
    """Nothing, if every list names outlets, groups, referents and narratives that are there.

    Raises:
        ConfigError: as `choose_edition`.
    """
    for one in workspace.config.mail.lists if workspace.config.mail else ():
        choose_edition(workspace, one)


def list_editions(workspace: Workspace, window: Window) -> Iterator[tuple[Window, Edition]]:
    """The summaries that the lists want beside the whole one of the day, each once.

    Raises:
        ConfigError: as `choose_edition`.
    """
    wanted: dict[tuple[str, str], tuple[Window, Edition]] = {}
    for one in workspace.config.mail.lists if workspace.config.mail else ():
        edition, span = choose_edition(workspace, one), find_window_of(window, one)
        if span is not None and (span.n_days > 1 or edition != WHOLE):
            wanted[span.name, edition.name] = (span, edition)
    yield from wanted.values()


def _list_outlets(workspace: Workspace) -> dict[str, str]:
    """The group of each outlet of the feed list, and of those that were ever in it, by id."""
    with reading(workspace.engine) as conn:
        followed = read_followed(conn)
    stored = dict(zip(followed["outlet"].tolist(), followed["group"].tolist(), strict=True))
    return stored | {outlet.id: outlet.group for outlet in workspace.outlets}
