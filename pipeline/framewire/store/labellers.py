"""Labels by models that are named, where a version has those of several."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from framewire.store.schema import articles, labellings, models, versions


def is_newest_labelled_by(names: Sequence[str]) -> ColumnElement[bool]:
    """The condition that `versions` is the newest one of its article that all of these models have labelled."""
    every = versions.alias("every_version")
    newest = select(every.c.id).where(every.c.article_id == articles.c.id, has_labels_by(every, names))
    return versions.c.id == newest.correlate(articles).order_by(every.c.number.desc()).limit(1).scalar_subquery()


def is_newest_labelling_by(name: str) -> ColumnElement[bool]:
    """The condition that `labellings` is the newest one of the version by a model of this name."""
    every = labellings.alias("every_labelling")
    newest = select(every.c.id).where(every.c.version_id == versions.c.id, _is_by(every, name))
    last = (every.c.labelled_at.desc(), every.c.id.desc())
    return labellings.c.id == newest.correlate(versions).order_by(*last).limit(1).scalar_subquery()


def has_labels_by(version: Any, names: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a version, of `versions` or an alias of it, has labels by each of these models."""
    every = labellings.alias("any_labelling")
    return and_(*(exists().where(every.c.version_id == version.c.id, _is_by(every, name)) for name in names))


def _is_by(labelling: Any, name: str) -> Any:
    """The condition that a labelling is by a model of this name; one that was built anew has a row of its own."""
    named = models.alias("named")
    return labelling.c.model_row_id.in_(select(named.c.id).where(named.c.name == name))
