"""Sound feeds of the plain kinds, read at the speed of lxml.

feedparser stays the parser of record: what is read here is what it gives, entry by entry, and whatever is unusual is left
to it. So this reader knows few elements, and declines the document at the first sight of another that could matter.
A comparison over the test documents of three feed parsers holds it to that (`tests/test_plain.py`).
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from feedparser.mixin import _FeedParserMixin
from lxml import etree

from framewire.ingest.dates import parse_date
from framewire.ingest.items import RawFeed, RawItem

_XML, _RDF = "{http://www.w3.org/XML/1998/namespace}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ATOM, _RSS_1 = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/}"
# feedparser's own table: address of a namespace, in lower case, to the prefix by which it knows it.
_PREFIXES = {address.lower(): prefix for address, prefix in _FeedParserMixin.namespaces.items()}
# Prefixes whose elements it handles, whatever namespace they stand for in the document.
_HANDLED = frozenset(
    prefix.lower()
    for prefix in _PREFIXES.values()
    if prefix and any(name.startswith((f"_start_{prefix}_", f"_end_{prefix}_")) for name in dir(_FeedParserMixin))
) | {"rdf", "xml", "feedburner"}
_DECLARED = re.compile(r"""xmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# Namespaces that decide what kind of feed feedparser takes a document for, wherever they are declared.
_OF_KINDS = ("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/")
# A doctype may hold anything; what reads like an old feed's namespace is one to feedparser.
# Two patterns that begin with a character of one case: a search without case takes ten times as long.
_UNUSUAL = (re.compile(r"<!(?i:DOCTYPE|ENTITY)"), re.compile(r"\.(?i:userland\.com/rss)"))
_C1 = re.compile("[\x80-\x9f]")
_NAMED_IN_ADDRESS = re.compile(r"&[A-Za-z0-9_]+;")

# What the elements of an item are read as. Names in lower case, as feedparser has them; IGNORED changes nothing of ours.
IGNORED = "ignored"
_RSS_ITEM = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "description": "summary",
    "pubdate": "published",
    **dict.fromkeys(("author", "category", "comments", "enclosure", "source"), IGNORED),
}
_RDF_ITEM = {"title": "title", "link": "link", "description": "summary"}
_ATOM_ENTRY = {
    "title": "title",
    "link": "atom_link",
    "id": "guid",
    "summary": "summary",
    "content": "content",
    "published": "published",
    "updated": "updated",
    **dict.fromkeys(("author", "contributor", "category", "rights"), IGNORED),
}
_OF_PERSONS = dict.fromkeys(("name", "uri", "email"), IGNORED)
_MODULES = {
    "content_encoded": "content",
    "dc_date": "updated",
    "feedburner_origlink": "origin",
    "media_description": "summary",
    "media_title": "other_title",
    **dict.fromkeys((f"dc_{name}" for name in ("creator", "subject", "publisher", "contributor", "rights")), IGNORED),
    **dict.fromkeys(
        (f"dc_{name}" for name in ("identifier", "source", "format", "type", "coverage", "language")), IGNORED
    ),
    **dict.fromkeys(("media_content", "media_thumbnail", "media_credit", "media_group", "media_category"), IGNORED),
    **dict.fromkeys(("media_keywords", "media_copyright", "media_text", "media_rating"), IGNORED),
}
# Namespaces of which feedparser reads nothing that we use.
_QUIET = frozenset({"slash", "wfw", "sy", "thr", "trackback", "pingback", "prism", "taxo", "feedburner"})
_RSS_CHANNEL = {
    "title": "title",
    "language": "language",
    **dict.fromkeys(("link", "description", "pubdate", "lastbuilddate", "generator", "ttl", "copyright"), IGNORED),
    **dict.fromkeys(("managingeditor", "webmaster", "category", "docs", "image", "rating"), IGNORED),
}
_ATOM_FEED = {
    "title": "title",
    **dict.fromkeys(("subtitle", "link", "id", "updated", "author", "generator", "rights", "logo", "icon"), IGNORED),
    "category": IGNORED,
}
_CHANNEL_MODULES = {
    "dc_language": "language",
    **dict.fromkeys((f"dc_{name}" for name in ("creator", "date", "publisher", "rights", "subject")), IGNORED),
}
# The attributes that an element may have; elements that are not named here may have none, ignored ones any.
_ATTRIBUTES = {
    "guid": frozenset({"ispermalink"}),
    "atom_link": frozenset({"href", "rel", "type", "title", "hreflang", "length"}),
    "atom_text": frozenset({"type", f"{_XML}lang"}),
}
_TEXT_TYPES = {"text": "text/plain", "text/plain": "text/plain", "html": "text/html", "text/html": "text/html"}


class _Declined(Exception):
    """Something unusual: the document is feedparser's."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of feed: its name, where its items are, and what its elements are read as."""

    name: str
    item: str
    namespace: str
    of_item: dict[str, str]
    of_channel: dict[str, str]
    is_atom: bool = False


_RSS = _Kind("rss20", "item", "", _RSS_ITEM, _RSS_CHANNEL)
_RDF_KIND = _Kind("rss10", f"{_RSS_1}item", _RSS_1, _RDF_ITEM, _RSS_CHANNEL)
_ATOM_KIND = _Kind("atom10", f"{_ATOM}entry", _ATOM, _ATOM_ENTRY, _ATOM_FEED, is_atom=True)


def find_plain_feed(text: str) -> RawFeed | None:
    """The feed in an XML text without declaration; None if it is not well-formed, or not plain enough to be sure."""
    if any(pattern.search(text) for pattern in _UNUSUAL):
        return None
    # No entity but the five of XML, no network, no external definitions; libxml2's own limits of depth and size.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
        return _read_root(root, text)
    except (etree.XMLSyntaxError, _Declined):
        return None


def _read_root(root: etree._Element, text: str) -> RawFeed:
    if root.tag == "rss" and root.get("version", "").startswith("2."):
        _check_namespaces(text, allowed="")
        _want(len(root) == 1 and root[0].tag == "channel" and not root[0].attrib)
        return _read_feed(root, root[0], _RSS)
    if root.tag == f"{_RDF}RDF":
        _check_namespaces(text, allowed="http://purl.org/rss/1.0/")
        channel = root.find(f"{_RSS_1}channel")
        _want(channel is not None and root[0] is channel)
        others = {f"{_RSS_1}channel", f"{_RSS_1}item", f"{_RSS_1}image"}
        _want(all(child.tag in others for child in root) and len(root.findall(f"{_RSS_1}channel")) == 1)
        return _read_feed(root, root, _RDF_KIND)
    if root.tag == f"{_ATOM}feed" and root.prefix is None:
        _check_namespaces(text, allowed="")
        return _read_feed(root, root, _ATOM_KIND)
    raise _Declined


def _want(condition: object) -> None:
    if not condition:
        raise _Declined


def _check_namespaces(text: str, *, allowed: str) -> None:
    """Declines a document whose prefixes mislead feedparser, or whose namespaces make it take the kind for another."""
    for prefix, *addresses in _DECLARED.findall(text):
        address = "".join(addresses).lower()
        _want(address == allowed or address not in _OF_KINDS)
        _want(prefix.lower() not in _HANDLED or _PREFIXES.get(address) == prefix.lower())


def _read_feed(root: etree._Element, parent: etree._Element, kind: _Kind) -> RawFeed:
    language = root.get(f"{_XML}lang")
    _want(
        language != ""
        and not any(
            _local(name) in ("base", "lang", "lastmod", "href") for name in root.attrib if name != f"{_XML}lang"
        )
    )
    found = _Channel(kind, language.replace("_", "-") if language else None)
    items = []
    read = _find_readers(kind)
    for child in parent:
        if child.tag == kind.item:
            items.append(read(child, found.item_language))
        elif kind is _RDF_KIND:
            found.read_group(child)
        else:
            found.read(child)
    return RawFeed(title=found.title or "", kind=kind.name, items=tuple(items), language=found.language or None)


@dataclass(slots=True)
class _Channel:
    """What is said of the feed itself."""

    kind: _Kind
    item_language: str | None
    title: str | None = None
    language: str | None = None
    names: dict[object, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # feedparser looks for the language of RSS 1.0 at an element by a name that it never has.
        self.language = None if self.kind is _RDF_KIND else self.item_language

    def read_group(self, group: etree._Element) -> None:
        """The channel of RSS 1.0; its image stands beside it and says nothing."""
        _want(set(group.attrib) <= {f"{_RDF}about", f"{_RDF}resource"})
        if group.tag == f"{_RSS_1}image":
            _want(
                all(
                    child.tag in {f"{_RSS_1}title", f"{_RSS_1}url", f"{_RSS_1}link"} and not len(child)
                    for child in group
                )
            )
            return
        for child in group:
            if child.tag == f"{_RSS_1}items":
                _want(all(part.tag in (f"{_RDF}Seq", f"{_RDF}li") for part in child.iterdescendants()))
            elif child.tag == f"{_RSS_1}image":
                _want(not len(child) and not (child.text or "").strip())
            else:
                self.read(child)

    def read(self, element: etree._Element) -> None:
        """One element of the channel."""
        name = _name(element, self.kind.namespace, self.kind.of_channel, _CHANNEL_MODULES)
        _want("base" not in map(_local, element.attrib))
        if name == "title":
            _want(self.title is None)
            _want(_local_names(element) <= ({"type"} if self.kind.is_atom else set()))
            _want(not self.kind.is_atom or element.get("type", "text") in _TEXT_TYPES)
            self.title = _text(element)
        elif name == "language":
            self.language = _text(element)
        elif len(element):
            allowed = {"url", "title", "link", "width", "height", "description", "name", "uri", "email"}
            _want(all(_local(part.tag).lower() in allowed and not len(part) for part in element))
            _want(_local(element.tag).lower() in ("image", "author"))


def _find_readers(kind: _Kind) -> Callable[[etree._Element, str | None], RawItem]:
    """A function that reads an item of this kind; it remembers what elements are read as."""
    names: dict[object, str] = {}

    def read(item: etree._Element, language: str | None) -> RawItem:
        guid = None
        if kind is _RDF_KIND:
            _want(set(item.attrib) <= {f"{_RDF}about"})
            guid = item.get(f"{_RDF}about")
        else:
            _want(not item.attrib)
        found = _Item(kind, language, guid=guid)
        for element in item:
            # The prefix belongs to the key: without one, an unknown namespace's elements pass for the feed's own.
            key = (element.tag, element.prefix)
            name = names.get(key) or names.setdefault(key, _name(element, kind.namespace, kind.of_item, _MODULES))
            if name != IGNORED:
                found.read(name, element)
            elif len(element):
                _read_inside(element, found, names)
        return found.build()

    return read


def _read_inside(element: etree._Element, found: "_Item", names: dict[object, str]) -> None:
    """Reads what an ignored element holds: nothing of an author's, title and description of a picture."""
    kind = found.kind
    is_person = kind.is_atom and _local(element.tag) in ("author", "contributor")
    for part in element.iterdescendants():
        if is_person and _local(part.tag) in _OF_PERSONS and not len(part):
            continue
        _want(part.prefix is not None)
        key = (part.tag, part.prefix)
        name = names.get(key) or names.setdefault(key, _name(part, kind.namespace, kind.of_item, _MODULES))
        _want(name == IGNORED or _PREFIXES.get(str(part.tag)[1:].partition("}")[0]) == "media")
        if name != IGNORED:
            found.read(name, part)


def _name(element: etree._Element, namespace: str, own: dict[str, str], modules: dict[str, str]) -> str:
    """What an element is read as. Raises _Declined if it is not known well enough."""
    tag = str(element.tag)
    if tag.startswith(namespace) if namespace else not tag.startswith("{"):
        name = own.get(_local(tag).lower())
        _want(name is not None and ":" not in tag.rpartition("}")[2])
        return str(name)
    address = tag[1:].partition("}")[0].lower()
    prefix = _PREFIXES.get(address)
    if address == "http://www.w3.org/2005/atom" and _local(tag).lower() == "link":
        # Only an alternate one would be an address of the item.
        return "atom_link" if own is not _RSS_CHANNEL else IGNORED
    if prefix is None:
        _want(element.prefix is not None or tag.startswith("{com-wordpress:feed-additions:1}"))
        return IGNORED
    name = modules.get(f"{prefix}_{_local(tag).lower()}", IGNORED if prefix in _QUIET else None)
    _want(name is not None)
    return str(name)


@dataclass(slots=True)
class _Item:
    """An item as far as it has been read."""

    kind: _Kind
    language: str | None
    guid: str | None = None
    link: str | None = None
    is_link: bool = False
    links: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    summary: str | None = None
    contents: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)

    def read(self, name: str, element: etree._Element) -> None:
        """One element that matters."""
        if name == "atom_link":
            self._read_atom_link(element)
        elif name == "link":
            self._read_link(element)
        elif name == "guid":
            self._read_guid(element)
        elif name == "other_title":
            # Counts only where the item has none of its own.
            _want(self.texts.get("title") and not len(element) and element.get("type", "plain") in ("plain", "html"))
        else:
            self._read_text(name, element)

    def _read_text(self, name: str, element: etree._Element) -> None:
        text = _text(element)
        if element.attrib:
            self._read_attributes(name, element)
        is_own = self.kind.is_atom and element.prefix is None
        if is_own and name in ("title", "summary", "content") and _type(element) == "text/plain":
            self.plain.append(text)
        if name == "content":
            self.contents.append(text)
        elif name == "summary":
            self._read_summary(text)
        else:
            _want(name not in self.texts)
            _want(name not in ("published", "updated") or not text or _can_read_date(text))
            self.texts[name] = text

    def _read_summary(self, text: str) -> None:
        """feedparser takes a second description for the content, if there has been no content yet."""
        if self.summary is not None and not self.contents:
            # In Atom its type would be another then.
            _want(not self.kind.is_atom)
            self.contents.append(text)
        else:
            self.summary = text

    def _read_attributes(self, name: str, element: etree._Element) -> None:
        if not self.kind.is_atom and element.prefix == "media":
            _want(set(element.attrib) == {"type"} and element.get("type") in ("plain", "html"))
            return
        _want(self.kind.is_atom and element.prefix is None and name in ("title", "summary", "content"))
        _want(_ATTRIBUTES["atom_text"].issuperset(element.attrib) and element.get(f"{_XML}lang") != "")
        language = element.get(f"{_XML}lang")
        if name == "title" and language:
            self.language = language.replace("_", "-")

    def _read_link(self, element: etree._Element) -> None:
        _want(not element.attrib)
        link = _text(element)
        # feedparser mends such addresses.
        _want(":///" not in link and not ("&" in link and _NAMED_IN_ADDRESS.search(link)))
        self.link = link
        if link:
            self.links.append(link)

    def _read_guid(self, element: etree._Element) -> None:
        # In RSS 1.0 the item's address is its key.
        _want(self.guid is None)
        attributes = {str(name).lower(): value for name, value in element.attrib.items()}
        _want(attributes.keys() <= (set() if self.kind.is_atom else _ATTRIBUTES["guid"]))
        self.guid = _text(element)
        self.is_link = attributes.get("ispermalink", "true") == "true"
        _want(":///" not in self.guid)

    def _read_atom_link(self, element: etree._Element) -> None:
        _want(_ATTRIBUTES["atom_link"].issuperset(element.attrib) and not len(element))
        href, rel = element.get("href", ""), element.get("rel", "alternate").lower()
        found_type = element.get("type", "").lower() or ("application/atom+xml" if rel == "self" else "text/html")
        _want(href and ":///" not in href and element.get("type") != "" and element.get("rel") != "")
        if rel != "alternate":
            return
        _want(self.kind.is_atom)
        if "html" in found_type:
            _want(found_type in ("text/html", "application/xhtml+xml", "html", "xhtml"))
            self.links.append(href)
            self.link = href

    def build(self) -> RawItem:
        """The item."""
        texts = self.texts
        link = self.guid if self.link is None and self.is_link else self.link
        links = [texts.get("origin"), *self.links, link]
        bodies = [*self.contents, self.summary]
        dates = {name: texts.get(name) for name in ("published", "updated")}
        if not self.kind.is_atom and not dates["published"]:
            dates["published"] = dates["updated"]
        return RawItem(
            guid=self.guid or None,
            links=_without_repeats(links),
            title=texts.get("title", ""),
            bodies=tuple(body for body in bodies if body),
            plain=frozenset(text for text in self.plain if text),
            dates=dates,
            language=self.language if "title" in texts else None,
        )


def _without_repeats(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _type(element: etree._Element) -> str:
    found = _TEXT_TYPES.get(element.get("type", "text").lower())
    _want(found is not None)
    return str(found)


def _text(element: etree._Element) -> str:
    """The text of an element that has no others inside, mended as feedparser mends it."""
    _want(not len(element))
    text = (element.text or "").strip()
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        # Source: feedparser's repair of UTF-8 that was read as ISO-8859-1 and encoded again.
        text = text.encode("iso-8859-1").decode("utf-8")
    _want(not _C1.search(text))
    return text


def _can_read_date(text: str) -> bool:
    """True if the date is read without feedparser's help."""
    try:
        return parse_date(text) is not None
    except OverflowError:
        return True


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]


def _local_names(element: etree._Element) -> set[str]:
    return {_local(name) for name in element.attrib}
