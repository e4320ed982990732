"""Opens S3-compatible buckets, of photos and of backups, through obstore."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from obstore.store import S3Store

from backend.settings import BlobSettings, read_secret
from backend.settings.upkeep import BackupSettings

CONNECT_S: Final = 3
SILENCE_S: Final = 10


def open_s3(
    settings: BlobSettings | BackupSettings, request_s: int, *, retries: int, retry_s: int
) -> S3Store:
    """The bucket and prefix that `settings.url` names; nothing is asked of it yet.

    A request may take `request_s`, all its retries `retry_s`. Raises ValueError for a secret that
    is none.
    """
    url = urlsplit(settings.url)
    return S3Store(
        url.netloc,
        prefix=url.path.strip("/") or None,
        config=_config(settings),
        client_options=_client_options(settings, request_s),
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=retry_s)},
        credential_provider=_credentials(settings),
    )


def _config(settings: BlobSettings | BackupSettings) -> Any:
    """Where the bucket is. Objects go one by one: not every S3-compatible store knows more."""
    elsewhere = {"endpoint": settings.endpoint} if settings.endpoint else {}
    return {"region": settings.region, "disable_bulk_delete": True, **elsewhere}


def _client_options(settings: BlobSettings | BackupSettings, request_s: int) -> Any:
    """Bounds on every wait; plain http only where the operator wrote it."""
    return {
        "allow_http": settings.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "read_timeout": timedelta(seconds=SILENCE_S),
        "timeout": timedelta(seconds=request_s),
    }


def _credentials(settings: BlobSettings | BackupSettings) -> Any:
    """Not in the config, which can be printed and to which the environment adds its own."""
    key, _, secret = read_secret(settings.credentials_file).partition(":")
    if not secret:
        raise ValueError(f"{settings.credentials_file} : CLÉ:SECRET / KEY:SECRET")
    given = {"access_key_id": key, "secret_access_key": secret, "token": None, "expires_at": None}
    return lambda: given
