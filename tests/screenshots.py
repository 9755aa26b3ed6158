"""Pictures of the demo's newest summary and archive, by headless Chromium: 400, 800 and 1200 pixels wide, light and dark.

`make screenshots` writes them to a folder; with `--docs` the one that the README shows is made anew.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTHS = (400, 800, 1200)
HEIGHT = 1400
SECONDS = 120
# Source: Blink's enum of preferred colour schemes.
DARK = ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")
DOCS_PICTURE = ROOT / "docs" / "archive.png"


def find_chromium() -> str:
    """The program. Ends with a message if there is none."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        sys.exit("no Chromium here; install it, for example with `apt install chromium`")
    return found


def take(browser: str, page: Path, picture: Path, *, size: tuple[int, int], is_dark: bool = False) -> None:
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
        subprocess.run([*command, page.resolve().as_uri()], check=True, capture_output=True, timeout=SECONDS)


def find_pages(watch: Path) -> dict[str, Path]:
    """The pages by the name of their pictures. Ends with a message if there are none."""
    days = sorted(path for path in (watch / "out").glob("*/summary.html") if "_" not in path.parent.name)
    pages = {"archive": watch / "archive" / "index.html"} | ({"summary": days[-1]} if days else {})
    if not days or not pages["archive"].exists():
        sys.exit(f"{watch}: no summary and archive here; `make demo` makes them")
    return pages


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("watch", type=Path, nargs="?", default=ROOT / "demo")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument(
        "--docs", action="store_true", help=f"make {DOCS_PICTURE.relative_to(ROOT)} anew, and nothing else"
    )
    given = parser.parse_args()
    browser, pages = find_chromium(), find_pages(given.watch)
    if given.docs:
        page = given.watch / "archive" / "referents" / "region.html"
        take(browser, page if page.exists() else pages["archive"], DOCS_PICTURE, size=(1000, 760))
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
