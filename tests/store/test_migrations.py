"""The schema's history: it builds what the code expects, up and down, with data inside."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, delete, inspect, select, update

from backend.store.apply import apply_pushes
from backend.store.blobs.uploads import Quota, Upload, create_upload
from backend.store.schema import downgrade, upgrade
from backend.store.tables import attachment, blob, blob_reference, cell, identity, metadata
from tests.given import CLOCK, DEVICE, NOW_MS, a_visit, mutation, push, upstream, uuid7


def test_the_migrations_build_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_a_filled_database_goes_down_and_up_again(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        apply_pushes(conn, [push(mutation(1, "note", {"text": "x"}))], CLOCK)

    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)

    with engine.begin() as conn:
        a_visit(conn)
        assert conn.execute(select(cell)).all()


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)

    upgrade(engine)

    with engine.begin() as conn:
        assert conn.execute(select(cell)).all()


def test_photos_of_older_mutations_are_known_after_the_upgrade(engine: Engine) -> None:
    photo = "5e" * 32
    with engine.begin() as conn:
        a_visit(conn)
        scan, note = mutation(1, "scan", {"blob": photo}), mutation(2, "note", {"text": "x"})
        apply_pushes(conn, [push(scan, note)], CLOCK)
        conn.execute(delete(blob_reference))

    downgrade(engine, "0002")
    upgrade(engine)

    with engine.begin() as conn:
        assert conn.execute(select(blob_reference)).all() == [(photo, scan.id)]


def test_photos_from_before_attachments_wait_to_be_attached_after_the_upgrade(
    engine: Engine,
) -> None:
    here, away = "5e" * 32, "5f" * 32
    sent = mutation(1, "photo", {"blob": here}), mutation(2, "photo", {"blob": away})
    with engine.begin() as conn:
        a_visit(conn)
        for number, sha256 in enumerate((here, away), 8):
            create_upload(conn, Upload(uuid7(number), DEVICE, sha256, "image/jpeg", 3), Quota())
        conn.execute(update(blob).where(blob.c.sha256 == here).values(complete_at=NOW_MS))
        apply_pushes(conn, [push(*sent, mutation(3, "scan", {"blob": here}))], CLOCK)

    downgrade(engine, "0006")
    upgrade(engine)

    with engine.begin() as conn:
        waiting = conn.execute(select(attachment.c.mutation, attachment.c.created_at)).all()
    assert waiting == [(sent[0].id, NOW_MS)]


def test_equipment_of_older_databases_is_looked_up_after_the_upgrade(engine: Engine) -> None:
    device = "equipment/00000000-0000-7000-8000-0000000000e1"
    with engine.begin() as conn:
        a_visit(conn)
        cells = {"serial_number": "TPLG1A2B3C4D", "mac": "10:39:4E:B5:DA:90", "model": "xx230v"}
        upstream(conn, 1, device, "EQP-1", **cells)
        line = {"serial": "2215-B8K0-03412", "action": "install"}
        apply_pushes(conn, [push(mutation(1, "equipment", line))], CLOCK)
        before = conn.execute(select(identity)).all()

    downgrade(engine, "0008")
    upgrade(engine)

    with engine.begin() as conn:
        assert sorted(conn.execute(select(identity)).all()) == sorted(before) != []
