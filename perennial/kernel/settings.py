"""What an administrator sets from outside: environment variables PERENNIAL_*."""

import functools
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = "127.0.0.1"


class Settings(BaseSettings):
    """PERENNIAL_HOME, PERENNIAL_PORT and so on; a field's name is the variable's."""

    model_config = SettingsConfigDict(env_prefix="PERENNIAL_", env_ignore_empty=True)

    home: Path = Field(default_factory=lambda: Path.home() / ".perennial")
    """Data folder: the embedded database, uploaded files."""
    host: str = LOOPBACK
    port: int = Field(default=8000, ge=1, le=65535)
    database_url: str | None = None
    """Use this PostgreSQL (16 or newer) instead of the embedded one."""
    pool: int = Field(default=10, ge=2, le=200)
    """Connections to the database, per process."""
    log: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    webhook_private: bool = False
    """Webhooks may call addresses of private networks, this machine among them."""
    pg_bin: Path | None = None
    """Folder of the PostgreSQL programs that replace the ones we carry."""

    @property
    def files(self) -> Path:
        """Where uploaded and produced files live."""
        return self.home / "files"


@functools.cache
def settings() -> Settings:
    """Read once per process."""
    return Settings()
