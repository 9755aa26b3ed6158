"""Settings: arguments, environment, file, defaults; every error names its place."""

from pathlib import Path

import pytest

from framewire.config import find_workspace, load_config
from framewire.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    (folder / "framewire.toml").write_text(text, encoding="utf-8")
    return folder


def test_defaults(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))
    assert config.timezone == "UTC"
    assert config.codebook == tmp_path / "codebook.yaml"
    assert config.database == f"sqlite:///{tmp_path}/framewire.sqlite"


def test_arguments_before_environment_before_file_before_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'title = "file"\ncontact = "file"\nmax_hosts = 3\n')
    monkeypatch.setenv("FRAMEWIRE_TITLE", "environment")
    monkeypatch.setenv("FRAMEWIRE_CONTACT", "environment")
    config = load_config(tmp_path, title="argument")
    assert (config.title, config.contact, config.max_hosts, config.max_articles) == ("argument", "environment", 3, 15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('# a\ntimezon = "UTC"', "framewire.toml:2:1: unknown key 'timezon' (did you mean 'timezone'?)"),
        ('colour = "red"', "unknown key 'colour' (known: title,"),
        (
            '\ntimezone = "Asia/Yerewan"',
            "framewire.toml:2:1: timezone: unknown time zone 'Asia/Yerewan' (did you mean 'Asia/Yerevan'?)",
        ),
        ('timezone = "../../etc/passwd"', "unknown time zone"),
        ("max_hosts = 0", "framewire.toml:1:1: max_hosts: Input should be greater than or equal to 1 (given: 0)"),
        ('day_starts_at = "noon"', "day_starts_at"),
        ("max_hosts = ", "no valid TOML"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    assert expected in str(caught.value)


def test_a_fault_in_the_environment_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_MAX_HOSTS", "many")
    with pytest.raises(ConfigError, match="FRAMEWIRE_MAX_HOSTS"):
        load_config(write(tmp_path, ""))


def test_no_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="framewire init"):
        load_config(tmp_path)


def test_settings_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "framewire.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_the_nearest_workspace_upwards_is_found(tmp_path: Path) -> None:
    inner = write(tmp_path, "") / "a" / "b"
    inner.mkdir(parents=True)
    assert find_workspace(inner) == tmp_path


def test_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--workspace"):
        find_workspace(tmp_path)
