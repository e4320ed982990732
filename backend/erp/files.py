"""Gives the bytes of what becomes a file of ERPNext: photos, evidence, and reports as they are
printed."""

from functools import partial
from typing import Final, Protocol

from backend.erp.answers import NotNow
from backend.erp.tools import Writer
from backend.errors import Refused, Unavailable
from backend.store import attachments
from backend.store.attachments import Attachment, File, Holds
from backend.store.blobs.place import BlobName

# Nobody waits for a report, and a bridge may be away for days.
PRINT_AGAIN_S: Final = 1800.0


class Photos(Protocol):
    """Where the bytes are (`backend.store.blobs.store.BlobStore`)."""

    async def read(self, name: BlobName) -> bytes:
        """The bytes. Raises Unavailable or Refused; FileNotFoundError when they are lost."""
        ...


class Reports(Protocol):
    """Who prints (`backend.cpe.report.printed.Printed`)."""

    async def pdf(self, key: str) -> bytes:
        """The report of a visit as it stands now. Raises Unavailable or Refused."""
        ...


class Lacking(NotNow):
    """The bytes cannot be had now; ERPNext is well, and other files of the same work can go."""


class Contents:
    """Everything that a file may hold; without `reports` nobody prints, and none is expected."""

    def __init__(self, writer: Writer, photos: Photos, reports: Reports | None) -> None:
        self._writer, self._photos, self._reports = writer, photos, reports

    def files(self, due: Attachment) -> tuple[File, ...]:
        """What is to be attached here."""
        is_printed = self._reports is not None
        return tuple(each for each in due.files if is_printed or each.holds is not Holds.REPORT)

    async def of(self, due: Attachment, file: File) -> bytes:
        """The bytes of one of its files. Raises Lacking, or Refused for what cannot be printed."""
        if file.holds is Holds.EVIDENCE:
            kept = partial(attachments.evidence_content, verification=due.mutation)
            return await self._writer.run(kept)
        return await (self._photo(due) if file.holds is Holds.PHOTO else self._report(due))

    async def _photo(self, due: Attachment) -> bytes:
        try:
            if due.blob is not None:
                return await self._photos.read(due.blob)
        except (OSError, Unavailable, Refused) as error:
            raise Lacking("photo-away") from error
        raise Lacking("photo-away")

    async def _report(self, due: Attachment) -> bytes:
        try:
            if self._reports is not None:
                return await self._reports.pdf(due.key)
        except Unavailable as error:
            raise Lacking("report-away", PRINT_AGAIN_S) from error
        except Refused as error:
            raise Refused(f"report:{error.kind}") from error
        raise Lacking("report-away", PRINT_AGAIN_S)
