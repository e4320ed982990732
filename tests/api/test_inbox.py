"""What the server makes of a body, however odd: it parks, refuses or asks to bisect."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AppError, TooLarge, Unreadable
from backend.replication.inbox import (
    NewerClient,
    inflate,
    read_batch,
    read_request,
)
from sync.protocol import BATCH_BYTES, PROTOCOL, Mutation
from tests.given import DEVICE, uuid7
from tests.rows import row


def body(*mutations: Any, **changed: Any) -> bytes:
    """A request's bytes."""
    request = {"protocol": PROTOCOL, "device": DEVICE, "epoch": 1, "mutations": mutations}
    return json.dumps(request | changed).encode()


def sent(**changed: Any) -> dict[str, Any]:
    """A note as JSON."""
    note = {"id": uuid7(1), "seq": 1, "kind": "note", "key": "job/1", "base": 0, "made_at": 1}
    return note | {"args": {"text": "x"}} | changed


def test_a_mutation_that_cannot_be_read_parks_under_its_own_id() -> None:
    [bad, good] = read_batch(read_request(body(sent(args=7), sent(id=uuid7(2), seq=2))))

    assert bad.fault == "unreadable"
    assert (bad.mutation.id, bad.mutation.seq) == (uuid7(1), 1)
    assert json.loads(bad.payload)["args"] == 7
    assert good.fault == ""


@pytest.mark.parametrize("culprit", [{"seq": 1}, 7, {"id": "x", "seq": 1}, {"id": uuid7(1)}])
def test_a_mutation_without_a_name_makes_the_body_unreadable(culprit: Any) -> None:
    with pytest.raises(Unreadable):
        read_batch(read_request(body(culprit)))


def test_a_key_that_no_table_could_hold_parks() -> None:
    [bad] = read_batch(read_request(body(sent(key="job/" + "x" * 500))))

    assert bad.fault == "bad-key"


@pytest.mark.parametrize("odd", [{"deps": ["x"]}, {"args": {"text": "a\0b"}}, {"kind": "k" * 21}])
def test_what_a_database_could_choke_on_parks_alone(odd: dict[str, Any]) -> None:
    [bad, good] = read_batch(read_request(body(sent(**odd), sent(id=uuid7(2), seq=2))))

    assert bad.fault
    assert (bad.mutation.id, bad.mutation.args, bad.mutation.deps) == (uuid7(1), {}, ())
    assert json.loads(bad.payload) == sent(**odd)
    assert good.fault == ""


def test_a_batch_is_taken_in_order_of_seq() -> None:
    request = read_request(body(sent(id=uuid7(2), seq=2), sent()))

    assert [each.mutation.seq for each in read_batch(request)] == [1, 2]


def test_what_an_app_of_the_first_protocol_froze_is_read_as_it_went() -> None:
    older = Path(__file__).parents[2] / "pwa/tests/sync/older/protocol-1.json"
    rows = [row for _, row in json.loads(older.read_text("utf-8"))["stores"]["outbox"]]
    frozen = [json.loads(row["wire"]) for row in rows if "wire" in row]

    batch = read_batch(read_request(body(*frozen, protocol=1)))

    assert [(each.mutation.id, each.mutation.seq, each.fault) for each in batch] == [
        (row["id"], row["seq"], "") for row in rows if "wire" in row
    ]
    assert len(batch) == 2


def test_a_newer_protocol_consumes_nothing() -> None:
    with pytest.raises(NewerClient):
        read_request(body(protocol=PROTOCOL + 1))


def test_more_mutations_than_a_batch_holds_are_too_large() -> None:
    with pytest.raises(TooLarge):
        read_request(body(*[sent()] * 101))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_named_error(raw: bytes) -> None:
    with pytest.raises(AppError):
        read_batch(read_request(raw))


def test_more_brackets_than_anybody_follows_are_unreadable() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000

    with pytest.raises(Unreadable):
        read_request(body(sent(args={"text": "HERE"})).replace(b'"HERE"', deep))


def test_a_gzip_body_is_inflated() -> None:
    assert inflate(gzip.compress(body(sent())), "gzip") == body(sent())


@row(
    36,
    without={
        "backend.replication.inbox.INFLATE_RATIO": 10**6,
        "backend.replication.inbox.BATCH_BYTES": 10**9,
    },
)
def test_a_bomb_is_refused_before_it_fills_memory() -> None:
    with pytest.raises(TooLarge):
        inflate(gzip.compress(bytes(40_000_000)), "gzip")


def test_a_cut_gzip_body_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        inflate(gzip.compress(body(sent()))[:-9], "gzip")


def test_an_unknown_encoding_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        inflate(b"x", "br")


def test_the_largest_plain_body_fits() -> None:
    text = "é" * 20_000
    plain = body(*[sent(id=uuid7(n), seq=n, args={"text": text}) for n in range(1, 2)])

    assert len(plain) <= BATCH_BYTES * 2
    assert read_batch(read_request(plain))[0].mutation.args["text"] == text


def test_the_payload_hash_ignores_the_place_in_the_queue() -> None:
    [one] = read_batch(read_request(body(sent())))
    [other] = read_batch(read_request(body(sent(seq=9))))

    assert one.payload_hash == other.payload_hash
    assert isinstance(one.mutation, Mutation)


@pytest.mark.parametrize("name", ["base", "made_at"])
@pytest.mark.parametrize("number", [-1, 2**53, 10**30])
def test_a_number_no_database_can_hold_parks_its_mutation_alone(name: str, number: int) -> None:
    odd, good = sent(**{name: number}), sent(id=uuid7(2), seq=2)

    first, second = read_batch(read_request(body(odd, good)))

    assert (first.fault, second.fault) == ("unreadable", "")
    assert json.loads(first.payload)[name] == number


@pytest.mark.parametrize("changed", [{"epoch": 2**31}, {"pending": {"count": 10**30}}])
def test_a_request_with_a_number_beyond_all_columns_is_unreadable(changed: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_request(body(**changed))
