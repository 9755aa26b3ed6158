"""The settings of a workspace: arguments, then `FRAMEWIRE_*`, then `framewire.toml`, then defaults."""

import os
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from framewire.errors import ConfigError
from framewire.yamlfile import nearest

FILE_NAME = "framewire.toml"


class Config(BaseSettings):
    """The settings of one workspace, frozen. Paths are absolute; relative ones are taken from `folder`."""

    model_config = SettingsConfigDict(env_prefix="FRAMEWIRE_", extra="forbid", frozen=True, validate_default=True)

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
    user_agent: str = Field(default="Framewire/{version} (feed reader; +{contact})", description="How feeds are asked.")
    contact: str = Field(
        default="no contact given", description="Address or page for site owners, part of the user agent."
    )
    max_hosts: int = Field(default=20, ge=1, le=500, description="How many hosts are asked at once.")
    deadline_seconds: float = Field(default=30.0, gt=0, le=600, description="Wall-clock limit of one fetch.")
    poll_interval_minutes: int = Field(default=15, ge=1, le=1440, description="How often `fetch` asks a feed.")
    failure_budget: float = Field(
        default=0.25, ge=0, le=1, description="Share of feeds that may fail before a run counts as reduced."
    )
    allow_private: tuple[str, ...] = Field(
        default=(), description="Private networks that feeds may live in: network or network:port."
    )
    max_articles: int = Field(default=15, ge=1, le=100, description="Articles listed in a summary.")

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
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            guess = nearest(name, sorted(available_timezones()))
            raise ValueError(
                f"unknown time zone '{name}'" + (f" (did you mean '{guess}'?)" if guess else "")
            ) from error
        return name

    @model_validator(mode="after")
    def _paths_are_absolute(self) -> Self:
        for name in ("codebook", "feeds", "passages", "models", "out"):
            object.__setattr__(self, name, self.folder / getattr(self, name))
        if self.database.startswith("sqlite:///") and not self.database.startswith("sqlite:////"):
            object.__setattr__(self, "database", f"sqlite:///{self.folder / self.database.removeprefix('sqlite:///')}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the day."""
        return ZoneInfo(self.timezone)


def find_workspace(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds a `framewire.toml`.

    Raises:
        ConfigError: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ConfigError(
        f"{start}: no {FILE_NAME} here or in a folder above. Make a workspace with `framewire init DIR`, or name one with --workspace DIR."
    )


def load_config(folder: Path, **arguments: Any) -> Config:
    """The settings of the workspace in `folder`; `arguments` override environment and file.

    Raises:
        ConfigError: no file, no TOML, an unknown key or a value that cannot be; names file, line and key.
    """
    path = folder.resolve() / FILE_NAME
    text, values = _read_toml(path)
    known = [key for key in Config.model_fields if key != "folder"]
    for key in values:
        if key not in known:
            guess = nearest(key, known)
            hint = f" (did you mean '{guess}'?)" if guess else f" (known: {', '.join(known)})"
            raise ConfigError(f"{path}:{_line_of(text, key)}:1: unknown key '{key}'{hint}")
    try:
        return Config(**{**_without_overridden(values), **arguments, "folder": folder.resolve()})
    except ValidationError as error:
        raise ConfigError("\n".join(_describe(path, text, dict(fault)) for fault in error.errors())) from error


def _read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file. Make a workspace with `framewire init DIR`.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: no valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _without_overridden(values: dict[str, Any]) -> dict[str, Any]:
    """The file's values, without those that the environment sets."""
    return {
        key: value
        for key, value in values.items()
        if f"FRAMEWIRE_{key.upper()}" not in {name.upper() for name in os.environ}
    }


def _line_of(text: str, key: str) -> int:
    match = re.search(rf"^[ \t]*\"?{re.escape(key)}\"?[ \t]*=", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _describe(path: Path, text: str, fault: dict[str, Any]) -> str:
    key = str(fault["loc"][0]) if fault["loc"] else ""
    message = fault["msg"].removeprefix("Value error, ")
    in_file = re.search(rf"^[ \t]*{re.escape(key)}[ \t]*=", text, re.MULTILINE) if key else None
    where = f"{path}:{_line_of(text, key)}:1: {key}" if in_file else f"FRAMEWIRE_{key.upper()} or its argument"
    return f"{where}: {message} (given: {fault.get('input')!r})"
