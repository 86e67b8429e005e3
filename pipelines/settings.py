"""Where things live at run time: CITYEVAL_HOME and the folders of one city below it (design: runtime folders)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

REPO = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings from the environment (prefix CITYEVAL_); each has a default that works from a clone."""

    model_config = SettingsConfigDict(env_prefix="CITYEVAL_", extra="ignore")

    home: Path = Path("var")
    cities: str = "demo"  # comma-separated names or paths that Dagster loads
    cities_dir: Path = REPO / "cities"
    notify: str = ""  # apprise addresses, comma-separated
    notify_urls: str = ""  # the same; where both are given, this one counts
    reporter_key_file: Path | None = None  # default: <home>/<city>/reporter.key, made at first use, mode 0600
    landing_days: int = 90
    release_keep: int = 5
    release_keep_minutes: int = 60
    memory_limit: str = "3GB"
    threads: int = 2
    git_commit: str = ""  # set where the code is not a git checkout


@dataclass(frozen=True)
class CityHome:
    """The folders of one city under CITYEVAL_HOME. Nothing is created until it is needed."""

    root: Path

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def serving(self) -> Path:
        return self.root / "serving"

    @property
    def current(self) -> Path:
        return self.serving / "current"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    @property
    def reporter_key(self) -> Path:
        return self.root / "reporter.key"


def city_home(city: str, home: Path | None = None) -> CityHome:
    """The folders of ``city`` below ``home`` (default: CITYEVAL_HOME, else ./var), as an absolute path."""
    base = home if home is not None else Settings().home
    return CityHome(root=(base.expanduser().resolve() / city))
