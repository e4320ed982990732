"""Refused work and files of phones, mended by the office."""

from sqlalchemy import Connection

from backend.store.apply import apply_pushes
from tests.api.desk import Office, sqlite_only
from tests.given import (
    CLOCK,
    DEVICE,
    JOB,
    MARC,
    NOW_MS,
    mutation,
    push,
    uuid7,
)

TODAY = {"first": "2026-11-23", "last": "2026-11-23"}


def refused_serial(conn: Connection) -> None:
    """Marc's phone sends a serial that is none."""
    said = mutation(1, "equipment", {"serial": ""})
    apply_pushes(conn, [push(said)], CLOCK)


@sqlite_only
async def test_refused_work_is_mended_and_tried_again_for_its_author(office: Office) -> None:
    await office.given(refused_serial)
    [line] = (await office.board())["refused"]
    mended = {"refused": line["id"], "id": uuid7(800), "args": {"serial": "TPLG1A2B3C4D"}}

    first = await office.post("refused/again", {"tries": [mended]})
    again = await office.post("refused/again", {"tries": [mended]})

    assert line["byPhone"] is True
    assert line["args"] == {"serial": ""}
    assert first.json() == [{"refused": line["id"], "outcome": "applied", "reason": ""}]
    assert again.json() == first.json()
    after = await office.board()
    assert after["refused"] == []
    assert after["tiles"]["refused"] == 0
    assert [each["serial"] for each in after["visits"][0]["equipment"]] == ["TPLG1A2B3C4D"]
    lines = (await office.get("journal", **TODAY))["lines"]
    assert [(each["by"], each["outcome"]) for each in lines] == [
        ("Marc Tremblay", "rejected"),
        ("Marc Tremblay", "applied"),
    ]


@sqlite_only
async def test_what_is_refused_again_stays_until_it_is_closed_with_a_reason(office: Office) -> None:
    await office.given(refused_serial)
    [line] = (await office.board())["refused"]

    tried = await office.post("refused/again", {"tries": [{"refused": line["id"], "id": uuid7(1)}]})
    still = (await office.board())["tiles"]["refused"]
    vague = await office.post("refused/close", {"refused": [line["id"]], "reason": "  "})
    closed = await office.post("refused/close", {"refused": [line["id"]], "reason": "doublon"})
    unknown = await office.post("refused/close", {"refused": [uuid7(99)], "reason": "x"})

    assert tried.json()[0]["outcome"] == "rejected"
    assert still == 1
    assert (vague.status_code, closed.status_code, unknown.status_code) == (400, 204, 404)
    assert (await office.board())["refused"] == []


@sqlite_only
async def test_a_file_of_a_phone_is_looked_at_before_it_is_taken_in_once(office: Office) -> None:
    note = {"id": uuid7(2), "kind": "note", "key": JOB, "base": 9, "made_at": NOW_MS}
    exported = {
        "technician": MARC.partition("/")[2],
        "device": DEVICE,
        "mutations": [note | {"args": {"text": "Chien"}}],
    }

    looked = await office.post("salvage", exported)
    nothing_yet = (await office.get("journal", **TODAY))["lines"]
    taken = await office.post("salvage?take=true", exported)
    again = await office.post("salvage?take=true", exported)
    strange = await office.post("salvage", {"hello": 1})

    assert looked.json()[-1] == "1 mutations, 0 photos"
    assert nothing_yet == []
    assert taken.json() == again.json() == [f"{uuid7(2)}  note  applied"]
    assert strange.json()["error"] == "bad-salvage"
    [line] = (await office.get("journal", **TODAY))["lines"]
    assert (line["by"], line["args"]) == ("Marc Tremblay", {"text": "Chien"})
