"""A workspace that has read the dam press for four days, for the tests of tables, plots and notebooks."""

from datetime import timedelta
from pathlib import Path

from server import PressServer

from dam_press import START, write_dam_press
from test_cli import invoke, write_seeds

RUN_AT = START.replace(hour=6, minute=20) + timedelta(days=4)
FIRST_DAY, LAST_DAY = "2026-11-20", "2026-11-23"


def build_dam_watch(base: Path, *, outlets: tuple[str, ...] = ("north", "south", "noon")) -> Path:
    """The workspace: a tiny trained model, three outlets asked each morning, one headline changed on the last day."""
    folder = base / "watch"
    begun = START - timedelta(hours=2)
    arguments = ("--seeds", str(write_seeds(base / "seeds")), "--now", begun.isoformat(), "--timezone", "Asia/Yerevan")
    assert invoke("init", str(folder), *arguments).exit_code == 0
    write_dam_press(base / "press", outlets=outlets)
    with PressServer(base / "press", now=begun) as press:
        (folder / "feeds.yaml").write_text((base / "press" / "feeds.yaml").read_text().replace("{base}", press.address))
        settings = (folder / "framewire.toml").read_text()
        (folder / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{press.port}"]\n{settings}')
        for hours in range(0, 96, 6):
            press.now = START + timedelta(hours=hours)
            if hours == 84:
                page = base / "press" / "north.xml"
                page.write_text(page.read_text().replace("Minister defends the dam (3)", "Minister rejects theft (3)"))
            assert invoke("fetch", "-w", str(folder), "--now", press.now.isoformat()).exit_code == 0
        assert invoke("label", "-w", str(folder), "--now", RUN_AT.isoformat()).exit_code == 0
    return folder
