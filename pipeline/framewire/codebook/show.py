"""What a codebook and its entries look like in a notebook: one fragment, no script, every text escaped."""

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from framewire.codebook.model import Codebook, Narrative, Pattern, Patterns, Referent, Wording

_STYLE = """<style>
.framewire-code { max-width: 52em; padding: 8px 12px; font: 14px/1.5 system-ui, sans-serif; text-align: left; overflow-wrap: anywhere; }
.framewire-code h3, .framewire-code h4, .framewire-code p, .framewire-code ul { margin: 0 0 6px; padding: 0; font-size: inherit; }
.framewire-code h3 { font-size: 16px; } .framewire-code ul { padding-left: 1.3em; }
.framewire-code .m { opacity: .72; font-size: 12.5px; font-weight: normal; }
.framewire-code .w { display: inline-block; margin: 0 4px 4px 0; padding: 0 7px; border-radius: 9px; background: rgba(128, 128, 128, .16); font-size: 12.5px; line-height: 20px; }
</style>"""
# Of each language so many patterns are shown; the file holds all.
MAX_PATTERNS = 12


def render_part(part: Any) -> str | None:
    """The fragment of a codebook, narrative, referent or wording; None for any other part."""
    renderers: dict[type, Callable[[Any], Iterator[str]]] = {
        Codebook: _codebook,
        Narrative: _narrative,
        Referent: _referent,
        Wording: _wording,
    }
    render = renderers.get(type(part))
    if render is None:
        return None
    body = "\n".join(render(part))
    text = f'<section class="framewire-code" lang="en">\n{_STYLE}\n{body}\n</section>'
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _codebook(codebook: Codebook) -> Iterator[str]:
    yield f"<h3>{escape(codebook.title)}</h3>"
    languages = ", ".join(codebook.languages)
    yield f'<p class="m">{escape(codebook.id)}, version {codebook.version}; {escape(languages)}</p>'
    yield "<h4>Narratives</h4>" + _list(f"<b>{escape(n.id)}</b> {escape(n.label)}" for n in codebook.narratives)
    referents = (
        f"<b>{escape(r.id)}</b> {escape(r.label)}: {escape(', '.join(w.title for w in r.wordings))}"
        for r in codebook.terminology
    )
    yield "<h4>Referents and their wordings</h4>" + _list(referents)


def _narrative(narrative: Narrative) -> Iterator[str]:
    kind = "sided: who is accused is coded" if narrative.sided else "not sided"
    yield f'<h3>{escape(narrative.label)}</h3><p class="m">narrative {escape(narrative.id)}; {kind}</p>'
    yield f"<p>{escape(narrative.definition)}</p>"
    yield from _patterns(narrative.indicators)


def _referent(referent: Referent) -> Iterator[str]:
    yield f'<h3>{escape(referent.label)}</h3><p class="m">referent {escape(referent.id)}</p>'
    for wording in referent.wordings:
        yield from _wording(wording)


def _wording(wording: Wording) -> Iterator[str]:
    usage = f"; used by: {', '.join(wording.usage)}" if wording.usage else ""
    yield f'<h4>{escape(wording.title)} <span class="m">wording {escape(wording.id)}{escape(usage)}</span></h4>'
    yield from _patterns(wording.patterns)


def _patterns(patterns: Patterns) -> Iterator[str]:
    for language, own in patterns.items():
        shown = "".join(f'<span class="w" dir="auto">{escape(_say(pattern))}</span>' for pattern in own[:MAX_PATTERNS])
        more = f'<span class="m">and {len(own) - MAX_PATTERNS} more</span>' if len(own) > MAX_PATTERNS else ""
        yield f'<p><span class="m">{escape(language)}</span> {shown}{more}</p>'


def _say(pattern: Pattern) -> str:
    rules = [
        f"{name}: {', '.join(context.any[:3])}{' ...' * (len(context.any) > 3)}"
        for name, context in (("near", pattern.near), ("not near", pattern.not_near))
        if context
    ]
    return " | ".join(pattern.phrases) + (f" ({'; '.join(rules)})" if rules else "")


def _list(items: Iterator[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
