"""Pictures of the demo's newest summary, archive and web pages, by headless Chromium: 400, 800 and 1200 pixels wide, light and dark.

`make screenshots` writes them to a folder; with `--docs` those that the documentation shows are made anew.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WIDTHS = (400, 800, 1200)
HEIGHT = 1400
SECONDS = 120
# Source: Blink's enum of preferred colour schemes.
DARK = ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")
DOCS_PICTURE = ROOT / "docs" / "archive.png"
REVIEW_PICTURE = ROOT / "docs" / "review.png"
# Web pages by the name of their pictures; the article is one that the sample press has on its last day.
WEB_PAGES = {
    "web-days": "/",
    "web-articles": "/articles?words=corridor&since=",
    "web-article": "/articles/488",
    "web-subjects": "/subjects",
    "web-referent": "/referents/displacement",
    "web-feeds": "/feeds",
    "web-review": "/items/488.0?then=queue",
}


def find_chromium() -> str:
    """The program. Ends with a message if there is none."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        sys.exit("no Chromium here; install it, for example with `apt install chromium`")
    return found


def take(browser: str, page: str, picture: Path, *, size: tuple[int, int], is_dark: bool = False) -> None:
    """Writes the picture of a page."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
        ]
        command += [*(DARK if is_dark else ()), f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}"]
        subprocess.run([*command, page], check=True, capture_output=True, timeout=SECONDS)


def find_pages(watch: Path) -> dict[str, str]:
    """The addresses of the pages by the name of their pictures. Ends with a message if there are none."""
    days = sorted(path for path in (watch / "out").glob("*/summary.html") if "_" not in path.parent.name)
    pages = {"archive": watch / "archive" / "index.html"} | ({"summary": days[-1]} if days else {})
    if not days or not pages["archive"].exists():
        sys.exit(f"{watch}: no summary and archive here; `make demo` makes them")
    return {name: page.resolve().as_uri() for name, page in pages.items()}


@contextmanager
def serve_pages(watch: Path) -> Iterator[str]:
    """The address at which the web pages are served meanwhile, to somebody who is signed in as anna."""
    from framewire.web import build_app, choose_access
    from framewire.workflow.workspace import open_workspace
    from pages_server import serving

    app = build_app(
        open_workspace(watch), choose_access("127.0.0.1", user_header="X-User"), clock=lambda: datetime.now(UTC)
    )

    async def signed_in(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "headers": [*scope.get("headers", ()), (b"x-user", b"anna")]}, receive, send)

    with serving(signed_in) as address:
        yield address


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("watch", type=Path, nargs="?", default=ROOT / "demo")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--docs", action="store_true", help="make those of docs/ anew, and nothing else")
    given = parser.parse_args()
    browser, pages = find_chromium(), find_pages(given.watch)
    with serve_pages(given.watch) as address:
        pages |= {name: f"{address}{path}" for name, path in WEB_PAGES.items()}
        if given.docs:
            page = given.watch / "archive" / "referents" / "region.html"
            shown = page.resolve().as_uri() if page.exists() else pages["archive"]
            take(browser, shown, DOCS_PICTURE, size=(1000, 760))
            take(browser, pages["web-review"], REVIEW_PICTURE, size=(1280, 860))
            return
        given.out.mkdir(parents=True, exist_ok=True)
        for name, page in pages.items():
            for width in WIDTHS:
                for is_dark in (False, True):
                    picture = given.out / f"{name}-{width}-{'dark' if is_dark else 'light'}.png"
                    take(browser, page, picture, size=(width, HEIGHT), is_dark=is_dark)
                    print(picture)


if __name__ == "__main__":
    main()
