"""The only room with SQL: tables, writer, queries, blobs, migrations."""
