"""A push through the store: numbering, idempotency, scope, and the change feed."""

from sqlalchemy import Engine

from backend.store.apply import Push, apply_pushes, submitted
from backend.store.pokes import ANYONE
from backend.store.pull import pull
from sync.protocol import Outcome, Refusal
from tests.given import (
    CLOCK,
    DEVICE,
    JOB,
    JULIE,
    MARC,
    OTHER_JOB,
    a_visit,
    mutation,
    push,
    technician,
    upstream,
)


def test_status_of_a_held_visit_is_applied_and_comes_back_in_the_pull(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)

        seen = mutation(1, "status", {"to": "en_route"}, base=1)
        answer = apply_pushes(conn, [push(seen)], CLOCK)

        [verdict] = answer.answers[0].verdicts
        assert verdict.outcome is Outcome.APPLIED
        page = pull(conn, MARC, "")
        [row] = [put for put in page.changes.put if put.key == JOB]
        assert row.whole
        assert row.cells["status"] == "en_route"
        assert page.changes.sequence == verdict.detail.sequence
        assert answer.answers[0].refusal is None


def test_replayed_push_is_applied_once_and_answered_alike(engine: Engine) -> None:
    batch = push(mutation(1, "note", {"text": "Chien"}), mutation(2, "note", {"text": "Clé"}))
    with engine.begin() as conn:
        a_visit(conn)
        first = apply_pushes(conn, [batch], CLOCK)
        before = pull(conn, MARC, "").changes

        again = apply_pushes(conn, [batch], CLOCK)

        assert again.answers == first.answers
        assert pull(conn, MARC, "").changes == before


def test_same_id_with_another_payload_is_rejected_as_mutated(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        apply_pushes(conn, [push(mutation(1, "note", {"text": "Un"}))], CLOCK)

        [answer] = apply_pushes(conn, [push(mutation(1, "note", {"text": "Deux"}))], CLOCK).answers

        assert answer.verdicts[0].outcome is Outcome.REJECTED
        assert answer.verdicts[0].detail.reason == "mutated"


def test_a_gap_names_the_expected_seq_and_takes_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)

        late = push(mutation(1, "note", {"text": "x"}, seq=3))
        [answer] = apply_pushes(conn, [late], CLOCK).answers

        assert answer.refusal is Refusal.GAP
        assert answer.expect == 1
        assert answer.verdicts == ()


def test_another_id_at_a_known_seq_is_a_fork(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        apply_pushes(conn, [push(mutation(1, "note", {"text": "a"}))], CLOCK)

        clone = push(mutation(2, "note", {"text": "b"}, seq=1))
        [answer] = apply_pushes(conn, [clone], CLOCK).answers

        assert answer.refusal is Refusal.FORK


def test_after_a_fork_restamped_mutations_keep_their_verdicts(engine: Engine) -> None:
    sent = mutation(1, "note", {"text": "a"})
    with engine.begin() as conn:
        a_visit(conn)
        first = apply_pushes(conn, [push(sent)], CLOCK).answers[0]

        restamped = push(sent, mutation(2, "note", {"text": "b"}))._replace(epoch=2)
        answer = apply_pushes(conn, [restamped], CLOCK).answers[0]

        assert answer.verdicts[0] == first.verdicts[0]
        assert answer.verdicts[1].outcome is Outcome.APPLIED


def test_a_restamped_push_sent_again_gets_the_same_answer(engine: Engine) -> None:
    sent = mutation(1, "note", {"text": "a"})
    with engine.begin() as conn:
        a_visit(conn)
        apply_pushes(conn, [push(sent)], CLOCK)
        restamped = push(sent, mutation(2, "note", {"text": "b"}))._replace(epoch=2)
        [first] = apply_pushes(conn, [restamped], CLOCK).answers

        [again] = apply_pushes(conn, [restamped], CLOCK).answers

        assert again == first


def test_one_mutation_from_two_replicas_in_one_commit_keeps_its_first_place(
    engine: Engine,
) -> None:
    sent = mutation(1, "note", {"text": "a"})
    with engine.begin() as conn:
        a_visit(conn)
        clone = push(sent)._replace(epoch=2)

        first, second = apply_pushes(conn, [push(sent), clone], CLOCK).answers

        assert first.verdicts == second.verdicts
        assert apply_pushes(conn, [push(sent), clone], CLOCK).answers == [first, second]


def test_a_foreign_visit_is_answered_like_one_that_does_not_exist(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, technician=JULIE)
        nowhere = "job/00000000-0000-7000-8000-0000000000ff"

        batch = push(
            mutation(1, "note", {"text": "x"}), mutation(2, "note", {"text": "x"}, key=nowhere)
        )
        [foreign, missing] = apply_pushes(conn, [batch], CLOCK).answers[0].verdicts

        assert (foreign.outcome, foreign.detail) == (missing.outcome, missing.detail)
        assert foreign.detail.reason == "unknown-record"


def test_a_poison_mutation_parks_alone_and_the_next_goes_on(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, checklist=[{"label": "sans id"}])

        batch = push(
            mutation(1, "check", {"item": "c1", "done": True}), mutation(2, "note", {"text": "ok"})
        )
        [poison, note] = apply_pushes(conn, [batch], CLOCK).answers[0].verdicts

        assert poison.outcome is Outcome.PARKED
        assert poison.detail.reason == "exception:KeyError"
        assert note.outcome is Outcome.APPLIED


def test_office_cancel_since_base_is_a_conflict_that_keeps_the_work(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        base = pull(conn, MARC, "").changes.sequence
        upstream(conn, 50, JOB, "DJ-00161", status="cancelled")

        done = mutation(1, "status", {"to": "completed"}, base=base)
        [answer] = apply_pushes(conn, [push(done)], CLOCK).answers

        assert answer.verdicts[0].outcome is Outcome.CONFLICT
        page = pull(conn, MARC, "")
        [clash] = page.conflicts
        assert (clash.path, clash.base, clash.mine, clash.theirs) == (
            "status",
            "todo",
            "completed",
            "cancelled",
        )
        [row] = [put for put in page.changes.put if put.key == JOB]
        assert row.cells["status"] == "cancelled"
        assert row.cells[f"marks/{done.id}"]["to"] == "completed"


def test_the_open_conflict_of_a_visit_comes_to_whom_the_visit_is_given(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        base = pull(conn, MARC, "").changes.sequence
        upstream(conn, 50, JOB, "DJ-00161", status="cancelled")
        apply_pushes(conn, [push(mutation(1, "status", {"to": "completed"}, base=base))], CLOCK)
        cursor = pull(conn, JULIE, "").changes.cursor

        upstream(conn, 51, JOB, "DJ-00161", technician=JULIE)

        page = pull(conn, JULIE, cursor)
        assert [put.key for put in page.changes.put] == [JOB]
        assert [clash.path for clash in page.conflicts] == ["status"]
        assert pull(conn, JULIE, page.changes.cursor).conflicts == ()


def test_a_visit_taken_away_leaves_the_scope_and_its_facts_still_arrive(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        cursor = pull(conn, MARC, "").changes
        upstream(conn, 51, JOB, "DJ-00161", technician=JULIE)

        note = mutation(1, "note", {"text": "fait"}, base=cursor.sequence)
        edit = mutation(2, "tag", {"tag": "chien", "on": True}, base=cursor.sequence)
        [kept, steered] = apply_pushes(conn, [push(note, edit)], CLOCK).answers[0].verdicts

        assert kept.outcome is Outcome.APPLIED
        assert steered.detail.reason == "unknown-record"
        page = pull(conn, MARC, cursor.cursor).changes
        assert JOB in page.remove


def test_one_serial_on_two_jobs_is_a_conflict_naming_the_first(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        a_visit(conn, key=OTHER_JOB)
        args = {"serial": "TPLG1A2B3C4D", "action": "install", "source": "photo"}

        batch = push(
            mutation(1, "equipment", args),
            mutation(2, "equipment", args),
            mutation(3, "equipment", args, key=OTHER_JOB),
        )
        [first, again, elsewhere] = apply_pushes(conn, [batch], CLOCK).answers[0].verdicts

        assert first.outcome is Outcome.APPLIED
        assert again.outcome is Outcome.NOOP
        assert elsewhere.outcome is Outcome.CONFLICT
        assert elsewhere.detail.reason == f"bound-to:{JOB}"


def test_completing_a_billable_visit_is_held_for_its_evidence(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, billable=True, status="on_site")

        [answer] = apply_pushes(
            conn, [push(mutation(1, "status", {"to": "completed"}))], CLOCK
        ).answers

        assert answer.verdicts[0].outcome is Outcome.HELD


def test_the_phones_of_everyone_who_holds_the_visit_are_poked(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, assistants=[JULIE])

        applied = apply_pushes(conn, [push(mutation(1, "note", {"text": "x"}))], CLOCK)

        assert applied.poked == {MARC, JULIE, ANYONE}
        assert JOB in {put.key for put in pull(conn, JULIE, "").changes.put}


def test_an_interleaved_write_is_seen_through_ones_own_later_write(engine: Engine) -> None:
    """The contiguous last hop hides an interleaved change: compare with the trunk."""
    julies = "00000000-0000-7000-8000-0000000000d2"
    with engine.begin() as conn:
        a_visit(conn, assistants=[JULIE])
        base = pull(conn, MARC, "").changes.sequence
        mine = [mutation(n, "edit", {"completed_at": n}, base=base, seq=n) for n in (1, 2, 3)]
        theirs = mutation(9, "edit", {"completed_at": 99}, base=base, seq=1)

        apply_pushes(conn, [push(mine[0])], CLOCK)
        hers = push(theirs, actor=technician(JULIE, julies, name="Julie"), device=julies)
        apply_pushes(conn, [hers], CLOCK)
        second = apply_pushes(conn, [push(mine[1])], CLOCK).answers[0].verdicts[0]
        third = apply_pushes(conn, [push(mine[2])], CLOCK).answers[0].verdicts[0]

        assert second.outcome is third.outcome is Outcome.MERGED


def test_an_edit_can_name_simple_cells_only(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        item = mutation(1, "edit", {"checked/c1": {"done": True}})

        [answer] = apply_pushes(conn, [push(item)], CLOCK).answers

    [verdict] = answer.verdicts
    assert (verdict.outcome, verdict.detail.reason) == (Outcome.REJECTED, "not-editable")


def test_every_verdict_moves_the_hash_that_a_phone_s_cursor_holds(engine: Engine) -> None:
    refused = mutation(1, "note", {"text": "?"}, key=OTHER_JOB)
    unreadable = Push(technician(), DEVICE, 1, (submitted(mutation(2, "x", {}), b"{}", "bad"),))
    with engine.begin() as conn:
        a_visit(conn)
        before = pull(conn, MARC, "").changes
        for each in (push(refused), unreadable, push(mutation(3, "void", {}, key=""))):
            [answer] = apply_pushes(conn, [each], CLOCK).answers
            after = pull(conn, MARC, before.cursor).changes

            assert answer.verdicts[0].outcome in (Outcome.REJECTED, Outcome.PARKED, Outcome.NOOP)
            assert after.sequence == before.sequence + 1
            assert after.cursor.split(".")[3] != before.cursor.split(".")[3]
            assert not after.put
            before = after
