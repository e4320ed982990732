"""What texts on labels are, by the golden cases that the phone runs as well."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.crosschecks import contradictions
from sync.facts import FactKind, choice, classify, facts_of, may_accept
from sync.gpon import GPON_VENDORS, gpon_serial

VECTORS = Path(__file__).parents[2] / "sync" / "vectors" / "facts.json"
GOLDEN: dict[str, list[Any]] = json.loads(VECTORS.read_text("utf-8"))
SYMBOLOGIES = st.sampled_from(
    ["code_128", "code_39", "ean_13", "ean_8", "upc_a", "upc_e", "itf", "qr_code", "data_matrix"]
)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_text_of_a_code_is_a_typed_fact(case: dict[str, Any]) -> None:
    fact = classify(case["text"], case["symbology"], case.get("sticker_host", ""))

    expected = (case["kind"], case["value"], case.get("shown", case["text"]), case["symbology"])
    assert fact == expected


@pytest.mark.parametrize("case", GOLDEN["messages"], ids=lambda case: case["name"])
def test_message_of_a_data_matrix_states_a_fact_a_field(case: dict[str, Any]) -> None:
    facts = facts_of(case["text"], "data_matrix")

    assert [[fact.kind, fact.value, fact.text] for fact in facts] == case["facts"]


@pytest.mark.parametrize("case", GOLDEN["accepted"], ids=lambda case: case["name"])
def test_what_is_accepted_without_a_person(case: dict[str, Any]) -> None:
    fact = classify(case["text"], case["symbology"])

    accepted = may_accept(fact, case["readers"], is_known=case.get("known", False))
    assert accepted == case["accepted"]


@pytest.mark.parametrize("case", GOLDEN["contradictions"], ids=lambda case: case["name"])
def test_codes_of_a_label_that_do_not_go_together_are_told(case: dict[str, Any]) -> None:
    facts = [classify(text, symbology) for text, symbology in case["codes"]]

    assert list(contradictions(facts)) == case["found"]


def test_only_serial_of_a_label_is_a_choice_while_it_is_in_doubt() -> None:
    facts = [classify("ZTEG4F5A0ED5", "code_128"), classify("10394EB5DA90", "code_128")]

    assert choice(facts, {"10394EB5DA90"}).state == "read"
    assert choice(facts, {"ZTEG4F5A0ED5"}).state == "choose"


@pytest.mark.parametrize(
    "said",
    [
        "TPLG97441B58",
        "54504c4797441b58",
        "54 50 4C 47 97 44 1B 58",
        "54:50:4C:47:97:44:1B:58",
        b"TPLG\x97\x44\x1b\x58",
    ],
)
def test_every_way_of_writing_a_gpon_serial_is_the_same_serial(said: str | bytes) -> None:
    assert gpon_serial(said) == "TPLG97441B58"


@pytest.mark.parametrize("said", [b"TPLG97441B58", b"", "QQQQ97441B58", "TPLG97441B5", ""])
def test_what_is_no_gpon_serial_is_none(said: str | bytes) -> None:
    assert gpon_serial(said) == ""


@pytest.mark.parametrize("case", GOLDEN["choices"], ids=lambda case: case["name"])
def test_codes_of_a_label_offer_serials(case: dict[str, Any]) -> None:
    host = case.get("sticker_host", "")
    facts = [classify(text, symbology, host) for text, symbology in case["codes"]]

    made = choice(facts)

    assert [[fact.kind, fact.value] for fact in facts] == case["facts"]
    assert (made.state, [fact.value for fact in made.serials]) == (case["state"], case["serials"])


@pytest.mark.parametrize("case", GOLDEN["typed"], ids=lambda case: case["name"])
def test_what_is_typed_is_what_a_label_calls_a_serial(case: dict[str, Any]) -> None:
    fact = classify("S/N:" + "".join(case["text"].upper().split()), "")

    is_serial = fact.kind in (FactKind.GPON_SERIAL, FactKind.SERIAL)
    assert is_serial == ("fault" not in case)
    assert not is_serial or (fact.kind, fact.value) == (case["kind"], case["value"])


def test_the_vendors_are_the_ones_that_the_phone_knows() -> None:
    assert sorted(GPON_VENDORS) == GOLDEN["vendors"]


@given(text=st.text(max_size=60), symbology=SYMBOLOGIES)
def test_no_text_breaks_the_rules(text: str, symbology: str) -> None:
    fact = classify(text, symbology, "isp.example")

    assert fact.kind in FactKind
    assert fact.symbology == symbology


@given(key=st.from_regex(r"[a-z]{3}[0-9]{9}[!?]", fullmatch=True), tail=st.sampled_from([";;", ""]))
def test_key_of_a_wifi_code_is_in_no_part_of_its_fact(key: str, tail: str) -> None:
    fact = classify(f"WIFI:T:WPA;P:{key};S:home{tail}", "qr_code")

    assert key not in "".join(fact)


@given(codes=st.lists(st.tuples(st.from_regex(r"[0-9A-F]{6,16}", fullmatch=True), SYMBOLOGIES)))
def test_order_in_which_codes_were_read_changes_no_decision(codes: list[tuple[str, str]]) -> None:
    facts = [classify(text, symbology) for text, symbology in codes]

    forward, backward = choice(facts), choice(reversed(facts))

    assert forward.state == backward.state
    assert {f.value for f in forward.serials} == {f.value for f in backward.serials}
