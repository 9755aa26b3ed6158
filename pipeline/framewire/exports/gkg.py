"""Articles in the columns of GDELT's Global Knowledge Graph 2.1: like it, and not of it.

What we know goes where programs that read the graph look for it; what GDELT measures and we do not is empty.
Source: GDELT Global Knowledge Graph codebook, version 2.1: 27 columns, tabs between, no line of names.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from framewire.exports.annotation import MarkedArticle

GKG_COLUMNS = (
    "GKGRECORDID",
    "V2.1DATE",
    "V2SOURCECOLLECTIONIDENTIFIER",
    "V2SOURCECOMMONNAME",
    "V2DOCUMENTIDENTIFIER",
    "V1COUNTS",
    "V2.1COUNTS",
    "V1THEMES",
    "V2ENHANCEDTHEMES",
    "V1LOCATIONS",
    "V2ENHANCEDLOCATIONS",
    "V1PERSONS",
    "V2ENHANCEDPERSONS",
    "V1ORGANIZATIONS",
    "V2ENHANCEDORGANIZATIONS",
    "V1.5TONE",
    "V2.1ENHANCEDDATES",
    "V2GCAM",
    "V2.1SHARINGIMAGE",
    "V2.1RELATEDIMAGES",
    "V2.1SOCIALIMAGEEMBEDS",
    "V2.1SOCIALVIDEOEMBEDS",
    "V2.1QUOTATIONS",
    "V2.1ALLNAMES",
    "V2.1AMOUNTS",
    "V2.1TRANSLATIONINFO",
    "V2EXTRASXML",
)
WEB = "1"
"""The collection of articles on the web."""

_BREAKS = re.compile(r"[\t\r\n]+")
_NO_THEME = re.compile(r"[^A-Z0-9]+")


def write_gkg(articles: Iterable[MarkedArticle], out: IO[bytes]) -> int:
    """How many articles were written, a line each, in the columns `GKG_COLUMNS`."""
    n = 0
    for n, article in enumerate(articles, start=1):  # noqa: B007 - counted
        out.write("\t".join(build_record(article)).encode() + b"\n")
    return n


def build_record(article: MarkedArticle) -> tuple[str, ...]:
    """The cells of an article, in the order of `GKG_COLUMNS`. Themes are `FRAMEWIRE_...`, which GDELT has none of."""
    about = article.about
    moment = about["counted_at"] or about["first_seen_at"]
    themes = [(_name_theme(mark.label), mark.start) for mark in article.marks]
    url = str(about["url"] or "")
    cells = {
        "GKGRECORDID": f"{_stamp(moment)}-FW{about['article_id']}",
        "V2.1DATE": _stamp(moment),
        "V2SOURCECOLLECTIONIDENTIFIER": WEB,
        "V2SOURCECOMMONNAME": urlsplit(url).hostname or str(about["outlet"]),
        "V2DOCUMENTIDENTIFIER": url,
        "V1THEMES": _join(dict.fromkeys(theme for theme, _ in themes)),
        "V2ENHANCEDTHEMES": _join(f"{theme},{start}" for theme, start in themes),
        "V2.1TRANSLATIONINFO": f"srclc:{about['language']};eng:none",
        "V2EXTRASXML": _build_extras(article),
    }
    return tuple(_BREAKS.sub(" ", cells.get(name, "")) for name in GKG_COLUMNS)


def _build_extras(article: MarkedArticle) -> str:
    about = article.about
    parts = {
        "PAGE_TITLE": about["title"],
        "FRAMEWIRE_OUTLET": about["outlet"],
        "FRAMEWIRE_GROUP": about["group"],
        "FRAMEWIRE_CODEBOOK": f"{about['codebook']} {about['codebook_version']}" if about["codebook"] else None,
        "FRAMEWIRE_MODEL": about["model"],
        "FRAMEWIRE_VOICES": ";".join(f"{_name_theme(mark.label)},{mark.start},{mark.voice}" for mark in article.marks),
    }
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in parts.items() if value)


def _name_theme(label: str) -> str:
    return "FRAMEWIRE_" + _NO_THEME.sub("_", label.upper()).strip("_")


def _join(parts: Iterable[str] | Sequence[str]) -> str:
    """The parts, each closed by a semicolon, as in the graph."""
    return "".join(f"{part};" for part in parts)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S")
