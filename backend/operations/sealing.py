"""Encryption of backups by age (https://age-encryption.org/v1), through pyrage.

A file is encrypted to public keys and authenticated in chunks: what was changed or cut does not
open.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, TypeAlias

from pyrage import DecryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, x25519

from backend.errors import AppError
from backend.store.archive import Archive
from backend.store.backup import BadBackup

Identity: TypeAlias = Any  # pyrage's x25519.Identity, which has no type
Recipient: TypeAlias = Any


class WrongKey(AppError):
    """No key given opens the backup, or the text is no age key; `reason` says of what."""

    code: ClassVar[str] = "wrong-key"
    status: ClassVar[int] = 409


class NotVerified(AppError):
    """What the archive gives back is not what was put there; `reason` is its path."""

    code: ClassVar[str] = "not-verified"
    status: ClassVar[int] = 409


class _Digest:
    """Where bytes go that only count for their SHA-256."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()


def read_recipients(texts: Sequence[str]) -> list[Recipient]:
    """The public keys. Raises WrongKey with the text of one that is none."""
    found = []
    for text in texts:
        try:
            found.append(x25519.Recipient.from_str(text))
        except RecipientError as error:
            raise WrongKey(text) from error
    return found


def read_identities(file: Path) -> list[Identity]:
    """The private keys of a file as `age-keygen` writes it. Raises WrongKey with its name."""
    lines = file.read_text("utf-8").splitlines()
    try:
        found = [
            x25519.Identity.from_str(line.strip()) for line in lines if line.startswith("AGE-")
        ]
    except IdentityError as error:
        raise WrongKey(str(file)) from error
    if not found:
        raise WrongKey(str(file))
    return found


def seal(file: Path, archive: Archive, path: str, recipients: Sequence[Recipient]) -> None:
    """Encrypt a file into the archive, read it back and open it. Raises NotVerified, Unavailable,
    Refused, OSError.

    The key for reading it back is made for this one time and forgotten: the machine that is backed
    up cannot open its own backups.
    """
    once = x25519.Identity.generate()
    with archive.writing(path) as target, file.open("rb") as source:
        encrypt_io(source, target, [*recipients, once.to_public()])
    read_back = _Digest()
    try:
        with archive.reading(path) as source:
            decrypt_io(source, read_back, [once])
    except (DecryptError, OSError) as error:
        raise NotVerified(path) from error
    with file.open("rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != read_back.hex:
            raise NotVerified(path)


def unseal(archive: Archive, path: str, target: BinaryIO, identities: Sequence[Identity]) -> None:
    """Decrypt an object into an open file. Raises WrongKey, BadBackup, Unavailable, Refused."""
    with archive.reading(path) as source:
        try:
            decrypt_io(source, target, list(identities))
        except DecryptError as error:
            raise WrongKey(path) from error
        except OSError as error:
            raise BadBackup(f"{path} : {error}") from error
