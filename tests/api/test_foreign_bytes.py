"""What strangers send is read or refused with a code, whatever its bytes are."""

from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import Headers

from backend.auth.form_token import nonce_of, sent_field
from backend.board.asked import read_asked
from backend.board.decisions import OfficeDecision
from backend.board.journal.lines import Asked, search_of
from backend.board.links.sending import recipient_of
from backend.board.making.visit import Known, NewVisit, records_of
from backend.board.outages.alarm import SECTOR_CHARACTERS, TEXT_CHARACTERS, read_alarm
from backend.errors import AppError
from backend.replication.tus.headers import checksum_of, number_of, wanted_upload
from backend.salvage.file import handed_of
from sync.collections import may_begin
from tests.given import DEVICE, NOW_MS, uuid7

ZONE = ZoneInfo("America/Toronto")
TODAY = date(2026, 11, 23)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)
texts = st.text(max_size=60)


@given(body=st.binary(max_size=200), sector=texts)
def test_a_monitors_bytes(body: bytes, sector: str) -> None:
    with suppress(AppError):
        alarm = read_alarm(body, sector)
        assert len(alarm.sector) <= SECTOR_CHARACTERS
        assert len(alarm.text) <= TEXT_CHARACTERS


@given(body=st.binary(max_size=200))
def test_a_decisions_bytes(body: bytes) -> None:
    with suppress(AppError):
        read_asked(body, OfficeDecision)


@given(content=st.binary(max_size=200), name=texts)
def test_the_bytes_of_a_phones_file(content: bytes, name: str) -> None:
    with suppress(AppError, ValueError):
        handed_of(content, name)


@given(asked=st.builds(Asked, texts, texts, texts, texts, texts))
def test_the_days_of_a_journal(asked: Asked) -> None:
    with suppress(AppError):
        search_of(asked, ZONE)


@given(text=texts)
def test_whom_a_link_is_for(text: str) -> None:
    recipient = recipient_of(text)

    assert recipient is None or not set(recipient.address) & set("\r\n \x00,;<>")
    assert recipient is None or recipient.address not in recipient.masked


words = st.dictionaries(
    st.sampled_from(
        sorted(set(NewVisit.__struct_fields__) - {"id", "made_at", "contact", "location"})
    ),
    texts,
)


@given(given=words)
def test_a_visit_of_the_board_is_refused_or_whole(given: dict[str, str]) -> None:
    named = {"technician": "technician/1", "day": "2026-11-23", "name": "x", "street": "y"}
    asked = NewVisit(uuid7(1), NOW_MS, **{**named, **given})
    known = Known(frozenset({"technician/1"}), "Ginette", has_place=True)

    with suppress(AppError):
        made = records_of(asked, known, TODAY)
        assert [each for each in made if not may_begin(each.key, each.args)] == []


@given(
    header=st.dictionaries(
        st.sampled_from(["upload-length", "upload-offset", "upload-metadata", "upload-checksum"]),
        st.text(st.characters(codec="latin-1"), max_size=60),
    )
)
def test_the_headers_of_an_upload(header: dict[str, Any]) -> None:
    headers = Headers(header)

    for read in (
        lambda: wanted_upload(headers, DEVICE, NOW_MS),
        lambda: number_of(headers, "upload-offset"),
        lambda: checksum_of(headers),
    ):
        with suppress(AppError):
            read()


@given(form=st.binary(max_size=120), token=texts)
def test_the_form_of_an_enrolment(form: bytes, token: str) -> None:
    assert nonce_of(token, sent_field(form, "form_token")) is None
