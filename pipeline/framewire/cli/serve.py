"""serve: the web pages."""

import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from framewire.cli.common import command, now_option, open_here, workspace_option


@click.command("serve")
@workspace_option
@now_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes any.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="File with the token that visitors sign in with; or set FRAMEWIRE_SERVE_TOKEN.",
)
@click.option("--user-header", metavar="NAME", help="Header in which a reverse proxy says who the visitor is.")
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Address or network of the proxy that is believed [default: this machine].",
)
@command
def serve_command(
    workspace: Path | None,
    now: datetime,
    host: str,
    port: int,
    token_file: Path | None,
    user_header: str | None,
    proxies: tuple[str, ...],
) -> None:
    """Serve the web pages: summaries, search, articles, series, feeds, review.

    They can be reached from this machine only, unless --host says otherwise; then a token or a proxy's header is required.
    """
    from framewire.errors import ConfigError
    from framewire.workflow.serve_token import find_token

    web = _import_web()
    here = open_here(workspace)
    try:
        access = web.choose_access(
            host,
            public_url=here.config.public_url,
            token=find_token(token_file),
            user_header=user_header,
            proxies=proxies,
        )
    except ConfigError as error:
        raise click.UsageError(str(error)) from error
    _ = here.codebook, here.outlets, here.engine
    app = web.build_app(here, access, clock=_start_clock(now))
    listening = web.open_socket(host, port)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    click.echo(f"{listening.address}  (Ctrl-C ends it)", err=True)
    # uvicorn ends in order and passes the signal on; where it is ignored, as in the background, none arrives.
    with contextlib.suppress(KeyboardInterrupt):
        web.run_server(app, listening)
    click.echo("ended", err=True)


def _import_web() -> Any:
    """The room of the pages, whose libraries are an extra. Raises ConfigError."""
    from framewire.errors import ConfigError

    try:
        return import_module("framewire.web")
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the web pages need {error.name}, which is not installed; run pip install 'framewire[web]'"
        ) from error


def _start_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that shows `now` and goes on from there."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


COMMANDS = (serve_command,)
