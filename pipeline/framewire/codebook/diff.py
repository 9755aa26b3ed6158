"""What changed between two versions of a codebook."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framewire.codebook.lineage import Descent, find_descents
from framewire.codebook.model import Codebook, Patterns


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is one of added, removed, renamed, merged, split, reworded, widened, narrowed, changed."""

    kind: str
    place: str
    detail: str = ""


def diff_codebooks(old: Codebook, new: Codebook) -> tuple[Change, ...]:
    """The differences from `old` to `new`, in the order of the file. Patterns added widen, patterns removed narrow."""
    changes = [
        Change("changed", key, f"{getattr(old, key)} -> {getattr(new, key)}")
        for key in ("id", "version", "title", "languages")
        if getattr(old, key) != getattr(new, key)
    ]
    changes += _diff_patterns("relevance.anchors", old.relevance.anchors, new.relevance.anchors)
    for name, old_parts, new_parts in (
        ("actors", old.actors, new.actors),
        ("places", old.places, new.places),
        ("contexts", old.contexts, new.contexts),
        ("narratives", old.narratives, new.narratives),
        ("terminology", old.terminology, new.terminology),
    ):
        changes += _diff_parts(name, {part.id: part for part in old_parts}, {part.id: part for part in new_parts})
    return tuple(_tell_descents(changes, find_descents(old, new)))


def _tell_descents(changes: Sequence[Change], descents: Mapping[str, Sequence[Descent]]) -> Iterable[Change]:
    """The changes, with parts that were renamed, merged or split told as that, and not as removed and added."""
    told = {
        f"{place}.{name}": Change(one.kind, f"{place}.{one.old[0]}", str(one))
        for place, every in descents.items()
        for one in every
        for name in (*one.old, *one.new)
    }
    done = set()
    for change in changes:
        descent = told.get(change.place) if change.kind in ("added", "removed") else None
        if descent is None:
            yield change
        elif descent not in done:
            done.add(descent)
            yield descent


def _diff_parts(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    for key in old.keys() - new.keys():
        yield Change("removed", f"{place}.{key}")
    for key, part in new.items():
        if key not in old:
            yield Change("added", f"{place}.{key}")
        elif part != old[key]:
            yield from _diff_part(f"{place}.{key}", old[key], part)


def _diff_part(place: str, old: Any, new: Any) -> Iterable[Change]:
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before == after:
            continue
        if field == "wordings":
            yield from _diff_parts(place, {part.id: part for part in before}, {part.id: part for part in after})
        elif field in ("patterns", "indicators", "names"):
            yield from _diff_patterns(f"{place}.{field}", before, after)
        elif field == "words":
            yield from _diff_words(f"{place}.{field}", before, after)
        elif field in ("label", "definition", "note", "document"):
            yield Change("reworded", f"{place}.{field}")
        elif field in ("include", "exclude"):
            yield from _diff_rules(f"{place}.{field}", before, after)
        else:
            yield Change("changed", f"{place}.{field}", f"{before} -> {after}" if not isinstance(before, dict) else "")


def _diff_words(
    place: str, before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]
) -> Iterable[Change]:
    """Words of a context: whether more of them widen or narrow depends on the pattern that names it."""
    for language in dict.fromkeys((*before, *after)):
        old, new = before.get(language, ()), after.get(language, ())
        if changes := [f"+{word}" for word in new if word not in old] + [f"-{word}" for word in old if word not in new]:
            yield Change("changed", f"{place}.{language}", ", ".join(changes))


def _diff_rules(place: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterable[Change]:
    more, less = ("widened", "narrowed") if place.endswith("include") else ("narrowed", "widened")
    yield from (Change(more, place, rule) for rule in after if rule not in before)
    yield from (Change(less, place, rule) for rule in before if rule not in after)


def _diff_patterns(place: str, before: Patterns, after: Patterns) -> Iterable[Change]:
    for language in dict.fromkeys((*before, *after)):
        old, new = ([p for pattern in lists.get(language, ()) for p in pattern.split()] for lists in (before, after))
        had, has = ({p.phrases[0] for p in patterns} for patterns in (old, new))
        where = f"{place}.{language}"
        yield from (
            Change("changed" if p.phrases[0] in had else "widened", where, p.phrases[0]) for p in new if p not in old
        )
        yield from (Change("narrowed", where, p.phrases[0]) for p in old if p not in new and p.phrases[0] not in has)
