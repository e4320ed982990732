"""Enrolment keeps a link's limit, also when several processes serve it."""

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from backend.store.devices import Enrolled, Refusal, enrol, list_devices
from backend.store.engine import writing_engine
from backend.store.links import CreatedLink, create_link
from tests.conftest import POSTGRESQL
from tests.given import MARC, NOW_MS, upstream


def test_the_limit_of_a_link_is_kept(engine: Engine) -> None:
    with engine.begin() as conn:
        link = _link(conn, max_devices=2)

        outcomes = [enrol(conn, link.token, nonce, NOW_MS, "") for nonce in ("a", "b", "c")]

        assert [type(each) for each in outcomes] == [Enrolled, Enrolled, Refusal]
        assert outcomes[2] is Refusal.LIMIT
        assert len(list_devices(conn, MARC)) == 2


@pytest.mark.parametrize("token", ["", "unknown", "\ud800", "a\x00b"])
def test_a_token_of_no_link_enrols_nobody(engine: Engine, token: str) -> None:
    with engine.begin() as conn:
        assert enrol(conn, token, "nonce", NOW_MS, "") is Refusal.CLOSED


def test_the_session_of_a_repeated_form_replaces_the_first(engine: Engine) -> None:
    with engine.begin() as conn:
        link = _link(conn, max_devices=1)

        first = enrol(conn, link.token, "nonce", NOW_MS, "")
        again = enrol(conn, link.token, "nonce", NOW_MS + 1, "")

        assert isinstance(first, Enrolled)
        assert isinstance(again, Enrolled)
        assert again.device.id == first.device.id
        assert again.session != first.session


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_two_processes_cannot_both_give_the_last_place(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        link = _link(conn, max_devices=1)
    other_process = writing_engine(database_url)
    with other_process.connect() as other:
        other.execute(text("SET lock_timeout = '50ms'"))
        other.commit()
        with engine.begin() as conn:
            enrol(conn, link.token, "a", NOW_MS, "")

            # It waits for the first to commit, instead of counting places that are being given.
            with pytest.raises(OperationalError, match="lock timeout"):
                enrol(other, link.token, "b", NOW_MS, "")
        assert enrol(other, link.token, "b", NOW_MS, "") is Refusal.LIMIT
    other_process.dispose()


def _link(conn: Connection, max_devices: int) -> CreatedLink:
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
    return create_link(conn, MARC, NOW_MS, 14, max_devices)
