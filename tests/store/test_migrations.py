"""The schema's history: it builds what the code expects, up and down, with data inside."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, delete, inspect, select

from backend.store.apply import apply_pushes
from backend.store.schema import downgrade, upgrade
from backend.store.tables import blob_reference, cell, identity, metadata
from tests.given import CLOCK, a_visit, mutation, push, upstream


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


def test_equipment_of_older_databases_is_looked_up_after_the_upgrade(engine: Engine) -> None:
    device = "equipment/00000000-0000-7000-8000-0000000000e1"
    with engine.begin() as conn:
        a_visit(conn)
        upstream(conn, 1, device, "EQP-1", serial_number="TPLG1A2B3C4D", mac="10:39:4E:B5:DA:90")
        line = {"serial": "2215-B8K0-03412", "action": "install"}
        apply_pushes(conn, [push(mutation(1, "equipment", line))], CLOCK)
        before = conn.execute(select(identity)).all()

    downgrade(engine, "0007")
    upgrade(engine)

    with engine.begin() as conn:
        assert sorted(conn.execute(select(identity)).all()) == sorted(before) != []
