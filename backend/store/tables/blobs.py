"""Photos and files, and what names them."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, UniqueConstraint

from backend.store.tables.base import metadata

# A photo or file, content-addressed and de-duplicated per device only. `original_sha256` is what
# the camera gave, `sha256` what was sent; `upload_metadata` is the header, to be echoed.
blob = Table(
    "blob",
    metadata,
    Column("upload", String(36), primary_key=True),
    Column("device", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("original_sha256", String(64)),
    Column("upload_metadata", Text, nullable=False, server_default=""),
    Column("media_type", String(40), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("complete_at", BigInteger),
    Column("read_at", BigInteger),
    UniqueConstraint("device", "sha256"),
    Index("ix_blob_sha256", "sha256"),
)

# Which stored mutation names which blob: it keeps the bytes, and says who may look at them.
blob_reference = Table(
    "blob_reference",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("mutation", String(36), primary_key=True),
    Index("ix_blob_reference_mutation", "mutation"),
    sqlite_with_rowid=False,
)
