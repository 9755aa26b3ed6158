"""Bytes of a feed to text. Only codecs on a list ever see them."""

import codecs
import re
from contextlib import suppress

# Source: the WHATWG encoding standard treats these labels as windows-1252.
_LATIN = frozenset({"ascii", "iso8859-1"})
# Codecs of text that feeds use; everything else that Python registers (rot13, zip, idna, unicode_escape, undefined ...)
# is no text encoding, or executes surprises. Names as `codecs.lookup` gives them.
_ALLOWED = re.compile(
    r"utf-8|utf-8-sig|utf-16(-[lb]e)?|utf-32(-[lb]e)?|cp125[0-8]|cp874|iso8859-\d+|ascii|koi8-[rut]|kz1048|ptcp154|"
    r"mac-(cyrillic|roman|turkish|greek|latin2)|cp866|big5|big5hkscs|gb2312|gbk|gb18030|euc_(jp|kr|jis_2004|jisx0213)|"
    r"shift_jis|shift_jis_2004|shift_jisx0213|cp932|cp949|cp950|tis-620|armscii-8"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Source: XML 1.0 appendix F: `<` and the character after it, in encodings whose text has no mark.
_NO_BOM = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_BAD_BYTE = re.compile("[\udc80-\udcff]")
# Source: one stray byte must not turn a whole document of UTF-8 into windows-1252.
MAX_BAD_SHARE = 0.001


def decode_body(body: bytes, *, content_type: str | None = None) -> str:
    """The text of a document, by its mark, by being UTF-8, by its labels, else as windows-1252; never fails.

    Args:
        body: the document.
        content_type: the header, whose charset is one of the labels.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for start, codec in _NO_BOM:
        if body.lstrip(b" \t\r\n").startswith(start):
            return body.decode(codec, "replace")
    with suppress(UnicodeDecodeError):
        return body.decode("utf-8")
    text = body.decode("utf-8", "surrogateescape")
    n_bad = len(_BAD_BYTE.findall(text))
    # A document of pure ASCII and a few other bytes proves nothing: there the labels know more.
    if n_bad <= MAX_BAD_SHARE * len(body) and _has_utf8_sequences(body, text):
        return body.decode("utf-8", "replace")
    for label in _find_labels(body, content_type):
        try:
            return body.decode(label)
        except UnicodeError:
            continue
    return body.decode("cp1252", "replace")


def find_codec(label: str | None) -> str | None:
    """The codec for a label, if it is one of text that we allow; None otherwise."""
    try:
        name = codecs.lookup((label or "").strip()).name
    except (LookupError, ValueError):
        return None
    if name in _LATIN:
        return "cp1252"
    # Source: gb18030 is a superset of both.
    if name in ("gb2312", "gbk"):
        return "gb18030"
    return name if _ALLOWED.fullmatch(name) else None


def _has_utf8_sequences(body: bytes, text: str) -> bool:
    return len(body) > len(text)


def _find_labels(body: bytes, content_type: str | None) -> list[str]:
    """Codecs by label, the likelier first.

    Source: RFC 7303 prefers the header; but `iso-8859-1` there is a server's default more often than a statement.
    """
    header = _CHARSET.search(content_type or "")
    declared = _DECLARED.search(body[:1024])
    in_header = find_codec(header[1]) if header else None
    in_document = find_codec(declared[1].decode("ascii")) if declared else None
    order = [in_document, in_header] if in_header == "cp1252" else [in_header, in_document]
    return [codec for codec in order if codec is not None]
