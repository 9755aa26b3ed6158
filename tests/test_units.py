"""What is scheduled: systemd takes the units as they are printed, and each part of several hosts does its own."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from framewire.config import Config, load_config
from framewire.workflow.units import POLL, SUMMARY, WHOLE, render_crontab, render_systemd

MAIL = '[mail]\nfrom = "a@example.org"\n'


def config(folder: Path, mail: str = "") -> Config:
    (folder / "framewire.toml").write_text(mail, encoding="utf-8")
    return load_config(folder, timezone="Asia/Yerevan")


@pytest.mark.parametrize(
    ("part", "mail", "jobs"),
    [
        (WHOLE, "", ["fetch", "run"]),
        (WHOLE, MAIL, ["fetch", "run", "send"]),
        (POLL, MAIL, ["fetch", "label"]),
        (SUMMARY, "", ["run"]),
        (SUMMARY, MAIL, ["run", "send"]),
    ],
)
def test_each_part_has_its_jobs(part: str, mail: str, jobs: list[str], tmp_path: Path) -> None:
    found = config(tmp_path, mail)
    units = render_systemd(found, part=part)
    assert re.findall(r"# \S+/framewire-(\w+)\.timer", units) == jobs
    crontab = render_crontab(found, part=part)
    assert re.findall(r"/?framewire (\w+) ", crontab) == jobs
    for line in crontab.splitlines():
        assert re.match(r"#|[\d*/,-]+( [\d*/,-]+){4} ", line), line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("part", [WHOLE, POLL, SUMMARY])
def test_systemd_takes_them(part: str, tmp_path: Path) -> None:
    for block in re.split(r"^# ~/.config/systemd/user/", render_systemd(config(tmp_path, MAIL), part=part), flags=re.M):
        if block:
            name, _, unit = block.partition("\n")
            # Whatever stands in its place is there, so that only the unit is judged.
            (tmp_path / name).write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", unit), encoding="utf-8")
    units = sorted(map(str, [*tmp_path.glob("*.timer"), *tmp_path.glob("*.service")]))
    assert units
    done = subprocess.run(["systemd-analyze", "--user", "verify", *units], check=False, capture_output=True, text=True)
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "framewire-" in line]
    assert not told, done.stderr
