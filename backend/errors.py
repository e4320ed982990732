"""The errors that cross rooms: what a client may be told, and the two ways an upstream fails."""

from typing import ClassVar


class AppError(Exception):
    """An answer for the client: a stable code and an HTTP status; the words are the client's."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.code)
        self.reason = reason


class NotFound(AppError):
    """There is no such thing, or not for this caller: the answer does not tell which."""

    code: ClassVar[str] = "not-found"
    status: ClassVar[int] = 404


class Unreadable(AppError):
    """The body is not a request of ours: a phone bisects and sends the culprit as `opaque`."""

    code: ClassVar[str] = "unreadable"
    status: ClassVar[int] = 400


class TooLarge(AppError):
    """The body has more bytes, or more in it, than may come at once; nothing was taken."""

    code: ClassVar[str] = "too-large"
    status: ClassVar[int] = 413


class TooSlow(AppError):
    """The body did not arrive in time; nothing was taken."""

    code: ClassVar[str] = "too-slow"
    status: ClassVar[int] = 408


class SlowDown(AppError):
    """The caller asks too often, or for too much."""

    code: ClassVar[str] = "slow-down"
    status: ClassVar[int] = 429


class Busy(AppError):
    """Too much waits already; the phone keeps its work and tries again."""

    code: ClassVar[str] = "busy"
    status: ClassVar[int] = 503


class StorageFailed(AppError):
    """The disk or the database failed. Whether the work was kept is not known: the phone keeps
    it and sends it again as it is."""

    code: ClassVar[str] = "storage-failed"
    status: ClassVar[int] = 503


class DiskFull(AppError):
    """The disk has no room now; the phone keeps what it has."""

    code: ClassVar[str] = "disk-full"
    status: ClassVar[int] = 507


class NotBuilt(AppError):
    """The built app is missing or incomplete on this server."""

    code: ClassVar[str] = "not-built"
    status: ClassVar[int] = 503


class Unavailable(Exception):
    """The upstream cannot answer now; trying again later is right.

    `retry_after_s` is the upstream's own wish (RFC 9110 section 10.2.3), `kind` a short stable
    name of what happened (`timeout`, `http-503`, `SerializationFailure`), safe to log.
    """

    def __init__(self, kind: str, retry_after_s: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """The upstream understood and said no; a human must look. `kind` is safe to log and show."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
