"""The settings of a workspace: arguments, then `FRAMEWIRE_*`, then `framewire.toml`, then defaults."""

import os
import re
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from framewire.errors import ConfigError
from framewire.mail_settings import MailSettings, find_unknown_keys
from framewire.tomlfile import find_line, read_toml
from framewire.yamlfile import nearest, unknown_message

FILE_NAME = "framewire.toml"
PREFIX = "FRAMEWIRE_"
# Variables that are no settings: other programs may have theirs, so only a near miss is one. Source: "TIMEZON" reaches 0.93.
NEAR_MISS = 0.85
# Scheme, host, port: the web pages have a host of their own.
_SITE = re.compile(r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
# What a setting expects, for those faults whose own words only a programmer knows; the rest of pydantic's are plain.
_EXPECTED = {
    "time": 'expected a time of day in quotes such as "06:00"',
    "int": "expected a whole number such as 20",
    "float": "expected a number such as 0.25",
    "bool": "expected true or false",
    "string": 'expected a text in quotes such as "Example"',
    "path": 'expected a path in quotes such as "out"',
    "tuple": 'expected a list of texts such as ["10.1.2.0/24"]',
    "model": "expected a table of settings, as [mail]",
    "missing": "is missing",
}


class Config(BaseSettings):
    """The settings of one workspace, frozen. Paths are absolute; relative ones are taken from `folder`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True)

    folder: Path = Field(description="The workspace's folder.")
    title: str = Field(
        default="Framewire", description="Name of the watch, shown at the top of each summary.", max_length=120
    )
    timezone: str = Field(default="UTC", description="Time zone of the day, such as Asia/Yerevan.")
    day_starts_at: time = Field(default=time(6), description="When a day begins, in that time zone.")
    database: str = Field(default="sqlite:///framewire.sqlite", description="Database URL: SQLite or PostgreSQL.")
    codebook: Path = Field(default=Path("codebook.yaml"), description="The codebook.")
    feeds: Path = Field(default=Path("feeds.yaml"), description="The feed list.")
    passages: Path = Field(default=Path("passages"), description="Folder of the coded passages (JSON Lines).")
    models: Path = Field(default=Path("models"), description="Folder of the trained models.")
    out: Path = Field(default=Path("out"), description="Folder of the summaries.")
    archive: Path = Field(default=Path("archive"), description="Folder of the site of all summaries.")
    user_agent: str = Field(default="Framewire/{version} (feed reader; +{contact})", description="How feeds are asked.")
    contact: str = Field(
        default="no contact given", description="Address or page for site owners, part of the user agent."
    )
    max_hosts: int = Field(default=20, ge=1, le=500, description="How many hosts are asked at once.")
    deadline_seconds: float = Field(default=30.0, gt=0, le=600, description="Wall-clock limit of one fetch.")
    poll_interval_minutes: int = Field(
        default=15,
        ge=1,
        le=1440,
        description="How often cron calls `fetch`, and how often it asks a feed of unknown rhythm.",
    )
    full_text: bool = Field(
        default=False, description="Whether articles' pages are fetched, for outlets whose entry does not say so."
    )
    pages_per_host: int = Field(default=50, ge=1, le=1000, description="Pages asked of one host in a run.")
    failure_budget: float = Field(
        default=0.25, ge=0, le=1, description="Share of feeds that may fail before a run counts as reduced."
    )
    allow_private: tuple[str, ...] = Field(
        default=(), description="Private networks that feeds may live in: network or network:port."
    )
    lease_seconds: float = Field(
        default=300.0,
        ge=1,
        le=3600,
        description="How long a host that shares the database may be silent before others take over what it does.",
    )
    max_articles: int = Field(default=15, ge=1, le=100, description="Articles listed in a summary.")
    public_url: str | None = Field(
        default=None,
        description="Where `framewire serve` is reached, such as https://watch.example.org; links in summaries go there.",
    )
    mail: MailSettings | None = Field(default=None, description="How summaries are mailed; without it none is.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        check_timezone(name)
        return name

    @field_validator("day_starts_at", mode="before")
    @classmethod
    def _is_time_of_day(cls, value: object) -> object:
        # A number would be taken for seconds, and an offset would contradict the time zone.
        if isinstance(value, time) and value.tzinfo is None:
            return value
        if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?", value):
            return time.fromisoformat(value.zfill(5) if len(value) < 6 else value.zfill(8))
        raise ValueError(_EXPECTED["time"])

    @field_validator("user_agent")
    @classmethod
    def _has_known_parts(cls, text: str) -> str:
        try:
            text.format(version="", contact="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("only {version} and {contact} may stand in braces") from error
        return text

    @field_validator("public_url")
    @classmethod
    def _is_a_site(cls, text: str | None) -> str | None:
        return None if text is None else _check_site(text)

    @model_validator(mode="after")
    def _paths_are_absolute(self) -> Self:
        for name in ("codebook", "feeds", "passages", "models", "out", "archive"):
            object.__setattr__(self, name, self.folder / getattr(self, name))
        if self.database.startswith("sqlite:///") and not self.database.startswith("sqlite:////"):
            object.__setattr__(self, "database", f"sqlite:///{self.folder / self.database.removeprefix('sqlite:///')}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the day."""
        return ZoneInfo(self.timezone)


def _check_site(text: str) -> str:
    """The address of a site, without a slash at its end. Raises ValueError."""
    match = _SITE.fullmatch(text.rstrip("/"))
    if not match:
        raise ValueError("expected a site of its own such as https://watch.example.org, without path, name or password")
    return match[0]


def check_timezone(name: str) -> None:
    """Nothing, if there is a time zone of this name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        guess = nearest(name, sorted(available_timezones()))
        hint = f"did you mean '{guess}'?" if guess else "write it as Asia/Yerevan"
        raise ValueError(f"unknown time zone '{name}' ({hint})") from error


def find_workspace(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds a `framewire.toml`.

    Raises:
        ConfigError: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ConfigError(
        f"{start}: no {FILE_NAME} here or in a folder above. Make a workspace with `framewire init DIR`, "
        f"or name one with --workspace {_find_workspace_near(start) or 'DIR'}."
    )


def load_config(folder: Path, **arguments: Any) -> Config:
    """The settings of the workspace in `folder`; `arguments` override environment and file.

    Raises:
        ConfigError: no file, no TOML, an unknown key or a value that cannot be; names file, line and key.
    """
    folder = folder.resolve()
    _refuse_no_workspace(folder)
    path = folder / FILE_NAME
    text, values = read_toml(path, missing="Make a workspace with `framewire init DIR`.")
    known = [key for key in Config.model_fields if key != "folder"]
    unknown = [((key,), unknown_message("key", key, known)) for key in values if key not in known]
    for place, message in (*unknown, *find_unknown_keys(values.get("mail"))):
        if len(place) > 1 and place[-1] in known:
            message = f"'{place[-1]}' is no setting of mail; move it above the line [mail]"
        raise ConfigError(f"{path}:{find_line(text, place) or 1}:1: {message}")
    _refuse_near_misses((*known, "mail_password", "serve_token"))
    try:
        return Config(**{**_without_overridden(values), **arguments, "folder": folder})
    except SettingsError as error:
        raise ConfigError(
            f"a {PREFIX} variable of the environment cannot be read: {error}; write it as JSON"
        ) from error
    except ValidationError as error:
        raise ConfigError("\n".join(_describe(path, text, dict(fault)) for fault in error.errors())) from error


def _refuse_no_workspace(folder: Path) -> None:
    """Raises ConfigError for a folder without settings; names the workspace beside or below it that was meant perhaps."""
    if (folder / FILE_NAME).exists():
        return
    what = f"no workspace: it has no {FILE_NAME}" if folder.exists() else "no such folder"
    near = _find_workspace_near(folder)
    hint = f"Did you mean {near}? Else make" if near else "Make"
    raise ConfigError(f"{folder}: {what}. {hint} a workspace with `framewire init DIR`.")


def _find_workspace_near(folder: Path) -> Path | None:
    """A workspace right below the folder, or beside it under a name that is like its own."""
    try:
        below = sorted(path.parent for path in folder.glob(f"*/{FILE_NAME}"))
        beside = {path.parent.name: path.parent for path in folder.parent.glob(f"*/{FILE_NAME}")}
    except OSError:
        return None
    return below[0] if below else beside.get(nearest(folder.name, beside) or "")


def _refuse_near_misses(known: Sequence[str]) -> None:
    """Raises ConfigError for a variable of the environment that is almost a setting."""
    for name in os.environ:
        key = name.upper().removeprefix(PREFIX).lower()
        if not name.upper().startswith(PREFIX) or key in (*known, "folder"):
            continue
        if guess := nearest(key, known, at_least=NEAR_MISS):
            raise ConfigError(
                f"{name} in the environment: unknown setting (did you mean {PREFIX}{guess.upper()}?). "
                f"Rename it, or `unset {name}`."
            )


def _without_overridden(values: dict[str, Any]) -> dict[str, Any]:
    """The file's values, without those that the environment sets."""
    return {
        key: value
        for key, value in values.items()
        if f"FRAMEWIRE_{key.upper()}" not in {name.upper() for name in os.environ}
    }


def _describe(path: Path, text: str, fault: dict[str, Any]) -> str:
    place = fault["loc"]
    key = ".".join(part for part in place if isinstance(part, str))
    given = repr(fault.get("input"))
    message = _EXPECTED.get(fault["type"].partition("_")[0], fault["msg"]).removeprefix("Value error, ")
    line = find_line(text, place) if place else None
    where = f"{path}:{line}:1: {key}" if line else f"{PREFIX}{key.upper()} or its argument"
    hide = (given.startswith("'") and given in message) or (place[:1] == ("mail",) and given[:1] in "{[(")
    return f"{where}: {message}" + ("" if hide else f" (given: {given})")
