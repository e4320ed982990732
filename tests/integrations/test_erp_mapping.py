"""Rules of the mapping between records and ERPNext's documents."""

import uuid
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.erp.ids import uuid7
from backend.erp.mapping import Field, Kind, load_mapping
from backend.erp.reading import links, read_document, taken
from backend.erp.values import Unreadable, instant_of, local_text, read_value
from backend.erp.writing import meanings, note_block, ours, told_paths
from backend.store.outbox import Claimed, Entry
from backend.toml_file import TomlFault
from sync.evidence import missing_evidence
from sync.job_status import JobStatus
from sync.lane import fresh_lane
from sync.upstream import plan

MONTREAL = ZoneInfo("America/Toronto")
MAPPING = load_mapping(MONTREAL)
JOB = MAPPING.entities["job"]
DEFAULT = (resources.files("backend.erp") / "erpnext.toml").read_text("utf-8")
MADE_AT = 1_795_460_700_000  # 2026-11-23 19:05 UTC, 14:05 in Montréal
DOCUMENT: dict[str, Any] = {
    "name": "DJ-00001",
    "modified": "2026-11-23 08:00:00.000001",
    "subject": "Installation",
    "status": "Assigned",
    "billable": 1,
    "technician": "TECH-001",
    "scheduled_date": "2026-11-23",
    "scheduled_start": "8:00:00",
    "duration_min": 60,
    "tags": [{"name": "t1", "tag": "Fibre"}],
    "assistants": [{"name": "a1", "technician": "TECH-002"}],
    "checklist": [
        {"name": "c1", "item_id": "mesure", "label": "Mesurer", "required": 1, "done": 0},
        {"name": "c2", "item_id": "photo", "label": "Photo", "required": 0, "done": 1},
    ],
}


def keys(link: tuple[str, str]) -> str:
    return "/".join(link)


def test_a_job_is_read_into_cells() -> None:
    reading = read_document(MAPPING, JOB, DOCUMENT, keys)

    assert reading.faults == {}
    assert reading.cells == {
        "name": "DJ-00001",
        "subject": "Installation",
        "status": "todo",
        "billable": True,
        "technician": "technician/TECH-001",
        "assistants": ["technician/TECH-002"],
        "date": "2026-11-23",
        "window_start": "08:00",
        "duration_min": 60,
        "tags/Fibre": True,
        "checklist": [
            {"id": "mesure", "label": "Mesurer", "required": True},
            {"id": "photo", "label": "Photo", "required": False},
        ],
        "checked/photo": {"done": True, "at": None, "by": "Bureau"},
    }


def test_every_link_of_a_document_is_named() -> None:
    assert set(links(JOB, DOCUMENT)) == {("technician", "TECH-001"), ("technician", "TECH-002")}


def test_a_word_outside_the_map_is_a_fault_and_no_removal() -> None:
    strange = DOCUMENT | {"status": "Reporté"}

    reading = taken(MAPPING, JOB, DOCUMENT, strange, {}, keys)

    assert reading.cells == {}
    assert "Reporté" in reading.faults["status"]


@pytest.mark.parametrize("status", list(JobStatus))
def test_every_status_is_written_and_read_back(status: JobStatus) -> None:
    wanted = ours(MAPPING, "job", {"status": status.value}, {"status"}, {})

    reading = read_document(MAPPING, JOB, wanted.fields, keys)

    assert reading.cells["status"] == status.value


@given(st.integers(min_value=0, max_value=4_000_000_000).map(lambda s: s * 1000))
def test_an_instant_comes_back_but_for_the_repeated_hour(instant: int) -> None:
    back = instant_of(local_text(instant, MONTREAL), MONTREAL)

    assert instant - back in (0, 3_600_000)
    assert local_text(back, MONTREAL) == local_text(instant, MONTREAL)


def test_the_repeated_hour_of_autumn_reads_as_its_first_pass() -> None:
    first = instant_of("2026-11-01 01:30:00", MONTREAL)

    assert local_text(first, MONTREAL) == "2026-11-01 01:30:00"
    assert local_text(first + 3_600_000, MONTREAL) == "2026-11-01 01:30:00"
    assert local_text(first + 7_200_000, MONTREAL) == "2026-11-01 02:30:00"


def test_the_hour_that_spring_skips_still_reads_as_an_instant() -> None:
    skipped = instant_of("2026-03-08 02:30:00", MONTREAL)

    assert local_text(skipped, MONTREAL) == "2026-03-08 03:30:00"


def test_a_datetime_with_a_zone_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="started_at"):
        read_value(MAPPING, Field("started_at", Kind.INSTANT), "2026-11-23T12:00:00Z")


def test_an_instant_is_written_in_the_site_zone() -> None:
    wanted = ours(MAPPING, "job", {"started_at": MADE_AT + 999}, {"started_at"}, {})

    assert wanted.fields == {"started_at": "2026-11-23 14:05:00"}


def test_our_own_instant_read_back_is_an_echo() -> None:
    after = DOCUMENT | {"started_at": "2026-11-23 14:05:00"}

    assert taken(MAPPING, JOB, DOCUMENT, after, {"started_at": [MADE_AT + 999]}, keys).cells == {}


@pytest.mark.parametrize(("office", "told"), [(False, {"reason"}), (True, {"date", "reason"})])
def test_what_the_office_owns_is_written_by_the_office_alone(office: bool, told: set[str]) -> None:
    paths = ("date", "reason")
    entry = Entry(1, "m", paths, "edit", "server", 0, b"", "", "", office=office)

    assert told_paths(Claimed("job/x", fresh_lane(0), "DJ-1", "", (entry,), {})) == told


def test_of_two_reports_of_a_serial_the_one_received_later_stands_whatever_the_clock() -> None:
    first = {"serial": "SN1", "action": "install", "at": 9_000}
    later = {"serial": "SN1", "action": "remove", "at": 1_000}
    cells = {"equipment/m2": first, "equipment/m1": later}

    rows = ours(MAPPING, "job", cells, set(cells), {}).tables["equipment"].rows

    assert rows == {"SN1": {"action": "Return", "op_id": "m1"}}


def test_a_corrected_serial_leaves_no_row_and_the_true_one_gets_one() -> None:
    wrong = {"serial": "SN1", "action": "install", "at": 1, "superseded": "m2"}
    right = {"serial": "SN2", "action": "install", "at": 2, "corrects": "m1"}
    cells = {"equipment/m1": wrong, "equipment/m2": right}

    rows = ours(MAPPING, "job", cells, set(cells), {}).tables["equipment"].rows

    assert rows["SN1"] is None
    assert rows["SN2"] == {"action": "Install", "op_id": "m2"}


def test_a_reason_is_written_in_french_and_free_text_as_it_is() -> None:
    known = ours(MAPPING, "job", {"reason": "customer_absent"}, {"reason"}, {})
    free = ours(MAPPING, "job", {"reason": "Chien dans la cour"}, {"reason"}, {})

    assert known.fields == {"status_reason": "Client absent"}
    assert free.fields == {"status_reason": "Chien dans la cour"}
    assert read_document(MAPPING, JOB, known.fields, keys).cells == {"reason": "customer_absent"}
    assert read_document(MAPPING, JOB, free.fields, keys).cells == {"reason": "Chien dans la cour"}


def test_a_reason_longer_than_its_field_is_cut_and_no_change_when_read_back() -> None:
    reason = "Chien " * 50

    wanted = ours(MAPPING, "job", {"reason": reason}, {"reason"}, {})
    after = DOCUMENT | wanted.fields

    assert len(wanted.fields["status_reason"]) <= 140
    assert taken(MAPPING, JOB, DOCUMENT, after, {"reason": [reason]}, keys).cells == {}


def note(text: str, at: int = MADE_AT) -> dict[str, Any]:
    return {"text": text, "at": at, "by": "Marc Tremblay"}


def test_a_note_is_one_line_with_time_and_author() -> None:
    assert (
        note_block(MAPPING, note("Rien à dire")) == "2026-11-23 14:05 Marc Tremblay : Rien à dire"
    )


def test_a_note_cannot_pass_for_anothers_line_nor_carry_a_tag() -> None:
    block = note_block(MAPPING, note("a\r\n2026-11-23 14:06 Bureau : <b>payé</b> < 3 dB"))

    assert block.split("\n")[1] == "  2026-11-23 14:06 Bureau : ‹b>payé‹/b> < 3 dB"


def test_only_the_notes_of_waiting_mutations_are_written() -> None:
    cells = {"notes/1": note("déjà là"), "notes/2": note("nouvelle", MADE_AT + 60_000)}

    wanted = ours(MAPPING, "job", cells, {"notes/2"}, {})

    assert list(wanted.lines["tech_notes"]) == ["2026-11-23 14:06 Marc Tremblay : nouvelle"]


def test_a_second_note_that_reads_alike_is_a_second_line() -> None:
    cells = {"notes/1": note("appel"), "notes/2": note("appel")}
    filed = {"tech_notes": "2026-11-23 14:05 Marc Tremblay : appel"}

    write = plan(ours(MAPPING, "job", cells, {"notes/2"}, {}), filed)

    assert write["tech_notes"].count("appel") == 2


def test_a_tick_is_written_into_its_row_and_leaves_the_others() -> None:
    cells = {"checked/mesure": {"done": True, "at": MADE_AT, "by": "Marc"}}

    write = plan(ours(MAPPING, "job", cells, set(cells), {}), DOCUMENT)

    first, second = write["checklist"]
    assert first == DOCUMENT["checklist"][0] | {"done": 1, "done_at": "2026-11-23 14:05:00"}
    assert second == DOCUMENT["checklist"][1]


def test_tags_are_added_and_removed_by_name() -> None:
    cells = {"tags/VIP": True, "tags/Fibre": None}

    write = plan(ours(MAPPING, "job", cells, set(cells), {}), DOCUMENT)

    assert write == {"tags": [{"tag": "VIP"}]}


def test_replaced_equipment_gives_a_row_in_and_a_row_out() -> None:
    report = {"serial": "NEW1", "action": "replace", "type": "ONT", "replaces": "OLD1", "at": 1}
    cells = {"equipment/m1": report}

    write = plan(
        ours(MAPPING, "job", cells, set(cells), {("equipment", "NEW1"): "EQP-00007"}), DOCUMENT
    )

    assert write["equipment"] == [
        {"serial_number": "OLD1", "action": "Return", "op_id": "m1"},
        {
            "serial_number": "NEW1",
            "action": "Replace",
            "equipment_type": "ONT",
            "op_id": "m1",
            "equipment": "EQP-00007",
        },
    ]


def test_open_and_assigned_mean_the_same() -> None:
    assert (
        plan(
            ours(MAPPING, "job", {"status": "todo"}, {"status"}, {}),
            {"status": "Open"},
            meanings(MAPPING, JOB),
        )
        == {}
    )


@pytest.mark.parametrize(
    ("old", "new", "line_of", "words"),
    [
        ("[ledger]", "[ledgr]", "[ledgr]", "ledgr : clé inconnue / unknown key"),
        (
            'doctype = "Field Operation"',
            "doctype = 3",
            "doctype = 3",
            "ledger.doctype : il faut du texte, pas un entier / expected text, not an integer",
        ),
        (
            'doctype = "Dispatch Job"',
            'doctype = "Dispatch Job"\nattachments = "no"',
            "attachments = ",
            "entities.job.attachments : il faut true ou false, pas du texte / expected true or "
            "false, not text",
        ),
        (
            'part = ["Attente d\'une pièce"]',
            'part = "Attente"',
            "part =",
            "values.reason.part : il faut une liste, pas du texte / expected a list, not text",
        ),
        (
            'todo = ["Assigned", "Open"]',
            'todo = [\n  "Assigned",\n  "On Hold",\n]',
            "on_hold",
            'values.status.on_hold : « On Hold » a deux sens / "On Hold" means two things',
        ),
        (
            'todo = ["Assigned", "Open"]',
            'todo = [\n  "Assigned",\n  3,\n]',
            "todo = [",
            "values.status.todo : il faut du texte, pas un entier / expected text, not an integer",
        ),
        (
            "[values.action]",
            '[entities.ship]\ndoctype = "Ship"\n[values.action]',
            "[entities.ship]",
            "entities.ship : aucune collection de ce nom / no such collection",
        ),
        (
            "[entities.contact.cells]",
            "[entities.contact.celss]",
            "[entities.contact.celss]",
            "entities.contact.celss : clé inconnue / unknown key",
        ),
        (
            'pon_port = "pon_port"',
            'colour = "c"',
            "colour",
            "entities.location.cells.colour : aucune cellule de ce nom / no such cell",
        ),
        (
            'billable = { field = "billable"',
            'billable = { feild = "billable"',
            "billable =",
            "entities.job.cells.billable.feild : clé inconnue / unknown key",
        ),
        (
            'kind = "coordinate" }\nolt',
            'kind = "place" }\nolt',
            "longitude",
            "entities.location.cells.longitude.kind : valeur impossible : Invalid enum value "
            "'place' / impossible value: Invalid enum value 'place'",
        ),
        (
            'ref = "contact" }',
            'ref = "client" }',
            "contact = {",
            "entities.job.cells.contact.ref : ref ne nomme aucune entité : client"
            " / ref names no entity: client",
        ),
        (
            'shape = "flags"\n',
            "",
            "[entities.job.tables.tags]",
            "entities.job.tables.tags : clé absente : shape / missing key: shape",
        ),
        (
            'doctype = "Technician"',
            'doctype = "Technician"\nfilters = [["company", "is", "X"]]',
            "filters",
            "entities.technician.filters : opérateur inconnu : is / unknown operator: is",
        ),
        (
            "on_hold =",
            "on_hold_ =",
            "status = { field",
            "entities.job.cells.status : aucun mot pour on_hold / no word for on_hold",
        ),
        (
            'verdict = "terrain_verdict"',
            'colour = "terrain_verdict"',
            "colour",
            "entities.job.told.colour : cela ne se dit pas d'un document"
            " / no document is told that",
        ),
        (
            "[entities.location.cells]",
            '[entities.location.told]\nlink = "terrain_link"\n[entities.location.cells]',
            "link = ",
            "entities.location.told.link : cela ne se dit pas d'un document"
            " / no document is told that",
        ),
        (
            'link = "terrain_link"',
            'link = "status"',
            'link = "status"',
            "entities.job.told.link : « status » est le champ d'une cellule"
            ' / "status" is the field of a cell',
        ),
        (
            'completed = ["Completed"]',
            "completed = []",
            "status = {",
            "entities.job.cells.status : aucun mot pour completed / no word for completed",
        ),
        (
            'completed = ["Completed"]',
            'completed = [" "]',
            "completed = ",
            "values.status.completed : un mot vide / an empty word",
        ),
        (
            'held = ["Reçu, au dossier après vérification"]',
            "held = []",
            "sync_state = ",
            "entities.job.told.sync_state : aucun mot pour held : values.sync_state"
            " / no word for held: values.sync_state",
        ),
    ],
)
def test_a_wrong_mapping_is_refused_naming_line_and_place(
    tmp_path: Path, old: str, new: str, line_of: str, words: str
) -> None:
    text = DEFAULT.replace(old, new, 1)
    line = next(at for at, each in enumerate(text.splitlines(), 1) if each.startswith(line_of))
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")

    with pytest.raises(TomlFault) as refused:
        load_mapping(MONTREAL, own)

    assert text != DEFAULT
    assert str(refused.value) == f"own.toml:{line}: {words}"


def test_a_file_of_ones_own_takes_the_place_of_the_default(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[entities.technician]\ndoctype = "Employee"\n', encoding="utf-8")

    assert load_mapping(MONTREAL, own).entities["technician"].doctype == "Employee"


def test_a_file_that_is_no_toml_names_itself(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[ledger]\ndoctype = ", encoding="utf-8")

    with pytest.raises(TomlFault, match=r"broken\.toml:2 : TOML invalide"):
        load_mapping(MONTREAL, broken)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_that_tells_its_instant(instant: int, entropy: bytes) -> None:
    made = uuid.UUID(uuid7(instant, entropy))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == instant


def test_a_removal_that_bills_waits_for_no_serial_in_place() -> None:
    demanded = MAPPING.entities["job"].evidence["Removal"]
    taken_back = {"equipment/m1": {"serial": "TPLG1A2B3C4D", "action": "remove"}}

    cells = {"billable": True, "evidence": list(demanded), **taken_back}

    assert missing_evidence(cells) == ()
