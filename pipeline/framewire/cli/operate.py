"""init, doctor, status, units: setting up, and knowing that it works."""

from datetime import datetime
from pathlib import Path

import click

from framewire.cli.common import Folder, command, echo_rows, format_options, now_option, open_here, workspace_option


@click.command("init")
@click.argument("folder", type=Folder())
@click.option(
    "--seeds",
    default="karabakh",
    show_default=True,
    help="Which seeds to copy: a name, or a folder with codebook.yaml and passages/.",
)
@click.option("--title", default=None, help="Name of the watch [default: the codebook's title].")
@click.option("--timezone", default="UTC", show_default=True, help="Time zone of the day, such as Asia/Yerevan.")
@click.option("--train/--no-train", default=True, show_default=True, help="Train the model at once.")
@now_option
@command
def init_command(folder: Path, seeds: str, title: str | None, timezone: str, train: bool, now: datetime) -> None:
    """Make a workspace: settings, codebook, feed list, database, model."""
    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.seeds import find_seeds
    from framewire.workflow.workspace import init_workspace

    source = Path(seeds) if Path(seeds, "codebook.yaml").is_file() else find_seeds(seeds)
    here = init_workspace(folder, seeds=source, title=title, timezone=timezone)
    click.echo(f"made {here.config.folder} with codebook '{here.codebook.id}' version {here.codebook.version}")
    if train:
        click.echo("training the model ...", err=True)
        trained = train_in_workspace(here, now=now, with_scores=False)
        click.echo(f"trained {trained.name} on {trained.card['passages']['n']} passages")
    click.echo(f"next: cd {folder} && framewire feeds add URL --outlet NAME && framewire run")


@click.command("status")
@workspace_option
@now_option
@click.option("--metrics", "with_metrics", is_flag=True, help="Numbers for Prometheus, in its text format.")
@format_options
@command
def status_command(workspace: Path | None, now: datetime, output: str, *, with_metrics: bool) -> int:
    """Did last night work, and is the model still right for what is read? In a few lines."""
    if with_metrics:
        from framewire.workflow.metrics import render_metrics

        click.echo(render_metrics(open_here(workspace), now=now), nl=False)
        return 0
    from framewire.workflow.status import get_status

    status = get_status(open_here(workspace), now=now)
    if output == "table":
        for name, text in status.lines:
            click.echo(f"{name:<10} {text}")
    else:
        echo_rows([dict(status.lines)], output)
    return status.exit_code


@click.command("doctor")
@workspace_option
@click.option(
    "--mail", "with_mail", is_flag=True, help="Call the mail server, too: connect, TLS, sign in; send nothing."
)
@format_options
@command
def doctor_command(workspace: Path | None, with_mail: bool, output: str) -> int:
    """Check settings, codebook, feed list, database, model, disk and mail; each fault with its remedy."""
    from framewire.config import find_workspace
    from framewire.workflow.status import examine

    checks = examine(workspace or find_workspace(Path.cwd()), with_mail=with_mail)
    if output == "table":
        for check in checks:
            click.echo(f"{'ok ' if check['ok'] else 'BAD'}  {check['what']:<10} {check['found']}")
    else:
        echo_rows(checks, output)
    return 0 if all(check["ok"] for check in checks) else 1


@click.command("units")
@workspace_option
@click.option("--systemd", is_flag=True, help="systemd units instead of crontab lines.")
@click.option(
    "--part",
    type=click.Choice(["whole", "poll", "summary"]),
    default="whole",
    show_default=True,
    help="What this host is for, where several share a database: poll = fetch and label, summary = the daily run and mail.",
)
@command
def units_command(workspace: Path | None, systemd: bool, part: str) -> None:
    """Print what to schedule: fetch every 15 minutes, one daily run."""
    from framewire.workflow.units import render_crontab, render_systemd

    config = open_here(workspace).config
    click.echo(render_systemd(config, part=part) if systemd else render_crontab(config, part=part), nl=False)


COMMANDS = (init_command, status_command, doctor_command, units_command)
