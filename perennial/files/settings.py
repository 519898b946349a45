"""Where files live and whether they are encrypted: environment variables PERENNIAL_FILE_*."""

import functools

from pydantic_settings import BaseSettings, SettingsConfigDict


class FileSettings(BaseSettings):
    """Without a bucket they live in PERENNIAL_HOME/files."""

    model_config = SettingsConfigDict(env_prefix="PERENNIAL_FILE_", env_ignore_empty=True)

    key: str | None = None
    """32 random bytes in Base64: contents are encrypted with it from then on. Losing it loses them."""
    bucket: str | None = None
    """An S3-compatible bucket instead of the folder."""
    prefix: str = ""
    """What names in the bucket begin with."""
    endpoint: str | None = None
    """URL of the service, when it is not Amazon's."""
    region: str | None = None
    access_key: str | None = None
    """With `secret_key`; without them, what the environment of the service provides."""
    secret_key: str | None = None


@functools.cache
def file_settings() -> FileSettings:
    """Read once per process."""
    return FileSettings()
