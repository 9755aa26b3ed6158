"""The group of all commands."""

import click

from framewire import __version__
from framewire.cli import (
    agreement,
    archive,
    articles,
    backfill,
    codebook,
    coverage,
    explain,
    export,
    feeds,
    imports,
    kwic,
    models,
    operate,
    review,
    run,
    send,
    serve,
    store,
)

_EXIT_CODES = """\b
Exit codes: 0 done, 1 failed, 2 usage, 3 done but reduced (feeds beyond their
budget, no usable model, mail uncertain, waiting or refused), 4 another run holds the lock, 5 held back by a
quality gate."""


@click.group(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(version)s")
def main() -> None:
    """How the press words a contested subject: feeds in, labelled coverage, a daily summary out."""


for room in (
    operate,
    run,
    archive,
    send,
    feeds,
    articles,
    coverage,
    codebook,
    kwic,
    models,
    explain,
    review,
    agreement,
    serve,
    export,
    imports,
    backfill,
    store,
):
    for item in room.COMMANDS:
        main.add_command(item)
