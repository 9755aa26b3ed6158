"""Settings: arguments, environment, file, defaults; every error names its place."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from framewire.config import find_workspace, load_config
from framewire.errors import ConfigError
from framewire.mail_settings import check_address, is_loopback


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


MAIL = '[mail]\nfrom = "Framewire <watch@example.org>"\n'
DAILY = '[[mail.list]]\nname = "daily"\nto = ["anna@example.org"]\n'


def test_mail_is_off_unless_it_is_set_up(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "")).mail is None
    mail = load_config(write(tmp_path, MAIL + DAILY)).mail
    assert mail is not None
    assert (mail.address, mail.host, mail.security, mail.effective_port) == (
        *("watch@example.org", "localhost"),
        *("starttls", 587),
    )
    assert (mail.hold_uncertain, mail.alerts, [one.to for one in mail.lists]) == (True, False, [("anna@example.org",)])
    with pytest.raises(ValidationError, match="frozen"):
        mail.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[mail]\nform = "a@example.org"', "framewire.toml:2:1: unknown key 'form' (did you mean 'from'?)"),
        (MAIL + DAILY + 'titel = "x"', "framewire.toml:6:1: unknown key 'titel' (did you mean 'title'?)"),
        (
            MAIL + DAILY + "max_hosts = 3",
            "framewire.toml:6:1: 'max_hosts' is no setting of mail; move it above the line [mail]",
        ),
        (MAIL + DAILY + DAILY, "framewire.toml:3:1: mail.list: two lists are named 'daily'; give each its own name"),
        (
            MAIL + "port = 99999",
            "framewire.toml:3:1: mail.port: Input should be less than or equal to 65535 (given: 99999)",
        ),
        (MAIL + 'password = "hunter2"', "framewire.toml:3:1: a password does not stand in this file"),
        (MAIL + 'security = "ssl"', 'mail.security: expected "starttls", "tls", or "none"'),
        (MAIL + 'user = "wätch"', "mail.user: 'wätch': signing in takes printable ASCII letters only"),
        (MAIL + 'hold_uncertain = "perhaps"', "mail.hold_uncertain: expected true or false"),
        (MAIL + 'alerts_to = ["anna"]', "mail.alerts_to: 'anna' is no mail address such as anna@example.org"),
        ('[mail]\nhost = "x"', "framewire.toml:1:1: mail.from: is missing"),
        ('[mail]\nfrom = "anna"', "framewire.toml:2:1: mail.from: 'anna' is no mail address"),
        ("mail = 3", "framewire.toml:1:1: mail: expected a table of settings, as [mail]"),
        (MAIL + '[mail.list]\nname = "daily"', "mail.list: begin each list with a line [[mail.list]]"),
        (MAIL + DAILY.replace("daily", "The Daily"), "mail.list.name: 'The Daily' is no name of a list such as daily"),
        (
            MAIL + DAILY + '[[mail.list]]\nname = "b"\nto = ["ä@example.org"]',
            "framewire.toml:8:1: mail.list.to: 'ä@example",
        ),
        (MAIL + DAILY.replace('"]', '", "Anna@example.org"]'), "mail.list.to: 'anna@example.org' stands here twice"),
        (
            MAIL + 'host = "smtp.example.org"\nsecurity = "none"',
            'framewire.toml:1:1: mail: security = "none" is only for a server on this machine, and smtp.example.org is not',
        ),
    ],
)
def test_faults_of_mail_are_told_with_their_place(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    assert expected in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("anna@example.org", True),
        ("a.b+c@xn--e1afmkfd.example", True),
        ("anna@example.org\r\nBcc: x@example.org", False),
        ("anna@example.org, ben@example.org", False),
        ("<anna@example.org>", False),
        ("anna@@example.org", False),
        ("anna@-example.org", False),
        (".anna@example.org", False),
        ("an..na@example.org", False),
        ('"an na"@example.org', False),
        ("anna@exam ple.org", False),
        (f"{'a' * 65}@example.org", False),
        (f"a@{'b' * 256}", False),
        ("", False),
    ],
)
def test_addresses(address: str, is_one: bool) -> None:
    if is_one:
        check_address(address)
    else:
        with pytest.raises(ValueError, match="no mail address"):
            check_address(address)


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("LOCALHOST.", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True)]
    + [
        (host, False)
        for host in ("localhost.example.org", "10.0.0.1", "smtp.example.org", "0.0.0.0", "127.0.0.1.nip.io")
    ],
)
def test_what_is_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_a_list_in_the_environment_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_ALLOW_PRIVATE", "10.0.0.0/8")
    with pytest.raises(ConfigError, match="write it as JSON"):
        load_config(write(tmp_path, ""))


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
