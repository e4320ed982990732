"""The work of a phone whose link was revoked comes in by the file that it exports."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine, insert, select

from backend.cli import main
from backend.settings import Settings
from backend.store.apply import apply_pushes
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.place import BlobName
from backend.store.devices import revoke_device
from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from backend.store.tables import attachment, blob, cell, device, mutation
from sync.protocol import Mutation
from tests.api.installation import people
from tests.engine.test_vectors import cases
from tests.given import CLOCK, DEVICE, JOB, MARC, NOW_MS, push, uuid7

[CASE] = cases("export.json")
NOTE, PHOTO = uuid7(2), uuid7(3)
[(SHA256, _)] = CASE["file"]["photos"].items()


class Office(NamedTuple):
    """A data folder whose server does not run, and the file of Marc's revoked phone."""

    data: Path
    file: Path
    engine: Engine

    def salvage(self, *args: str) -> int:
        """Run the command."""
        return main(["salvage", str(self.file), "--data", str(self.data), *args])

    def rows(self, query: Any) -> list[Any]:
        """What the database says."""
        with self.engine.connect() as conn:
            return [*conn.execute(query)]

    def hand(self, **changed: Any) -> None:
        """Another file."""
        self.file.write_text(json.dumps(CASE["file"] | changed), "utf-8")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    data = tmp_path / "var"
    data.mkdir()
    engine = writing_engine(Settings(data=str(data)).database_url)
    upgrade(engine)
    with engine.begin() as conn:
        people(conn)
        _enrol(conn, DEVICE)
        revoke_device(conn, DEVICE, NOW_MS)
    found = Office(data, tmp_path / "terrain-envois.json", engine)
    found.hand()
    yield found
    engine.dispose()


def _enrol(conn: Connection, name: str) -> None:
    seen = {"created_at": NOW_MS, "seen_at": NOW_MS, "session_hash": name}
    conn.execute(insert(device).values(id=name, technician=MARC, link="l", **seen))


def test_work_of_a_revoked_phone_is_taken_in_once_by_its_author_at_his_times(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.salvage("--admit") == office.salvage("--admit") == 0

    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [f"{NOTE}  note  applied", f"{PHOTO}  photo  applied"]
    assert said[:3] == said[3:]
    kept = select(mutation.c.id, mutation.c.actor, mutation.c.device, mutation.c.made_at)
    assert office.rows(kept.where(mutation.c.id.in_([NOTE, PHOTO])).order_by(mutation.c.id)) == [
        (NOTE, MARC, DEVICE, 1_795_456_700_002),
        (PHOTO, MARC, DEVICE, 1_795_456_700_003),
    ]
    noted = select(cell.c.author, cell.c.at).where(cell.c.path == f"notes/{NOTE}")
    assert office.rows(noted) == [("Marc Tremblay", 1_795_456_700_002)]


def test_photos_of_the_file_are_whole_and_go_on_to_erpnext(office: Office) -> None:
    assert office.salvage("--admit") == 0

    [(upload, whole)] = office.rows(select(blob.c.upload, blob.c.complete_at.is_not(None)))
    sealed = BlobFolder(office.data / "blobs").sealed(BlobName(SHA256, upload))
    assert whole
    assert sealed.read_bytes().startswith(b"\xff\xd8\xff")
    assert office.rows(select(attachment.c.mutation)) == [(PHOTO,)]


def test_without_a_word_of_the_office_the_file_is_shown_and_nothing_is_taken(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.salvage() == 0

    assert "Chien" in capsys.readouterr().out
    assert office.rows(select(mutation.c.id).where(mutation.c.id == NOTE)) == []


def test_of_a_file_the_office_may_take_one_mutation_alone(office: Office) -> None:
    assert office.salvage("--admit", "--only", NOTE) == 0

    assert office.rows(select(mutation.c.id).where(mutation.c.device == DEVICE)) == [(NOTE,)]


def test_a_phone_that_is_let_in_again_gets_the_verdicts_of_what_was_handed_in(
    office: Office,
) -> None:
    assert office.salvage("--admit") == 0
    again = [_sent(each, seq) for seq, each in enumerate(CASE["file"]["mutations"], start=1)]

    with office.engine.begin() as conn:
        [answer] = apply_pushes(conn, [push(*again)], CLOCK).answers

    assert [(each.id, each.outcome.value) for each in answer.verdicts] == [
        (NOTE, "applied"),
        (PHOTO, "applied"),
    ]
    assert len(office.rows(select(mutation.c.id).where(mutation.c.device == DEVICE))) == 2


def _sent(handed: dict[str, Any], seq: int) -> Mutation:
    names = ("id", "kind", "key", "base", "made_at", "args", "offset")
    intent = {name: handed[name] for name in names}
    return Mutation(**intent, seq=seq, blobs=tuple(handed.get("blobs", ())))


def test_a_visit_that_was_never_his_is_refused_as_from_his_phone(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = CASE["file"]["mutations"][0] | {"key": JOB.replace("a1", "a9")}
    office.hand(mutations=[foreign])

    assert office.salvage("--admit") == 0

    assert capsys.readouterr().out == f"{NOTE}  note  rejected  unknown-record\n"


@pytest.mark.parametrize(
    ("changed", "french"),
    [
        ({"mutations": 7}, "n'est pas l'export d'un téléphone"),
        ({"mutations": [{"kind": "note"}]}, "n'est pas l'export d'un téléphone"),
        ({"technician": "00000000-0000-7000-8000-000000000002"}, "n'a jamais eu l'appareil"),
    ],
)
def test_a_file_that_is_not_of_one_of_our_phones_is_refused_and_nothing_is_taken(
    office: Office, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], french: str
) -> None:
    office.hand(**changed)

    assert office.salvage("--admit") == 1

    assert french in capsys.readouterr().err
    assert office.rows(select(mutation.c.id).where(mutation.c.device == DEVICE)) == []


def test_a_mutation_that_cannot_be_read_parks_and_the_others_go_on(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = CASE["file"]["mutations"]
    office.hand(mutations=[bad | {"args": 7}, good])

    assert office.salvage("--admit") == 0

    assert capsys.readouterr().out.splitlines()[:2] == [
        f"{NOTE}  note  parked  unreadable",
        f"{PHOTO}  photo  applied",
    ]


def pages_of(file: dict[str, Any], part: int) -> list[str]:
    """As the phone shows them in codes (`pwa/src/device/pages.ts`)."""
    deflated = zlib.compress(json.dumps(file | {"photos": {}}).encode())
    text = base64.b32encode(deflated).decode().rstrip("=")
    parts = [text[start : start + part] for start in range(0, len(text), part)]
    named = hashlib.sha256(deflated).hexdigest()[:8].upper()
    return [
        f"TERRAIN1/{named}/{number}/{len(parts)}/{each}"
        for number, each in enumerate(parts, start=1)
    ]


def test_codes_are_read_in_any_order_and_twice(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = pages_of(CASE["file"], 200)
    office.file.write_text("\n".join(["lu à 14 h", *reversed(pages), pages[0]]), "utf-8")

    assert office.salvage() == 0

    shown = capsys.readouterr().out
    assert len(pages) > 2
    assert NOTE in shown
    assert f"{len(CASE['file']['mutations'])} mutations, 0 photos" in shown


def test_work_from_codes_is_taken_in_like_that_of_a_file(office: Office) -> None:
    office.file.write_text(" ".join(pages_of(CASE["file"], 200)), "utf-8")

    assert office.salvage("--admit") == 0

    assert NOTE in {row.id for row in office.rows(select(mutation.c.id))}


def test_a_code_that_was_not_read_is_named(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = pages_of(CASE["file"], 200)
    office.file.write_text("\n".join(pages[:-1]), "utf-8")

    assert office.salvage("--admit") == 1

    assert f"{len(pages)} / {len(pages)}" in capsys.readouterr().err
    assert office.rows(select(mutation.c.id).where(mutation.c.id == NOTE)) == []


def test_a_code_that_was_misread_is_refused(office: Office) -> None:
    pages = pages_of(CASE["file"], 200)
    office.file.write_text("\n".join([pages[0][:-4] + "AAAA", *pages[1:]]), "utf-8")

    assert office.salvage("--admit") == 1

    assert office.rows(select(mutation.c.id).where(mutation.c.id == NOTE)) == []


def test_a_bomb_in_codes_is_given_up(office: Office) -> None:
    bomb = pages_of({"technician": "m", "device": "d", "mutations": ["0" * 20_000_000]}, 600)
    office.file.write_text("\n".join(bomb), "utf-8")

    assert office.salvage() == 1
