"""Things named and narratives: how often over time, in which outlets, in whose voice."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from framewire.web.render import render_page
from framewire.workflow.subjects import Subject, get_narrative_page, get_referent_page, list_subjects


def show_subjects(request: Request) -> Response:
    """All of them, what is spoken of most now first."""
    site = request.state.site
    found = list_subjects(site.workspace, site.shelf, now=site.clock())
    codebook = site.workspace.codebook
    known = {page.id for pages in found.values() for page in pages}
    absent = [one for one in (*codebook.terminology, *codebook.narratives) if one.id not in known]
    return render_page(request, "subjects.html.j2", found=found, absent=absent)


def show_referent(request: Request) -> Response:
    """A thing named, with its wordings."""
    site, name = request.state.site, request.path_params["name"]
    subject = get_referent_page(site.workspace, site.shelf, name, now=site.clock())
    return _render(request, subject, "referents", site.workspace.codebook.get_referent(name).label)


def show_narrative(request: Request) -> Response:
    """A narrative, with its definition."""
    site, name = request.state.site, request.path_params["name"]
    subject = get_narrative_page(site.workspace, site.shelf, name, now=site.clock())
    return _render(request, subject, "narratives", site.workspace.codebook.get_narrative(name).label)


def _render(request: Request, subject: Subject | None, kind: str, label: str) -> Response:
    narrative = None
    if kind == "narratives":
        narrative = request.state.site.workspace.codebook.get_narrative(request.path_params["name"])
    return render_page(
        request,
        "subject.html.j2",
        subject=subject,
        kind=kind,
        label=label,
        narrative=narrative,
        id=request.path_params["name"],
    )


ROUTES = [
    Route("/subjects", show_subjects),
    Route("/referents/{name}", show_referent),
    Route("/narratives/{name}", show_narrative),
]
