"""Where no script runs, visits can be read all the same, with numbers and addresses as links."""

from sqlalchemy import Connection

from backend.store.apply import apply_pushes
from tests.api.installation import CUSTOMER, OFFICE_PHONE, Installation, enrolled
from tests.given import CLOCK, JOB, mutation, push, upstream


async def test_every_visit_is_readable_with_its_number_and_address_as_links(
    terrain: Installation,
) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)

    page = await phone.get("/t/read")

    name, street, _, notes = CUSTOMER
    assert page.status_code == 200
    assert f"<h3>{name}</h3>" in page.text
    assert f">{street}</a>" in page.text
    assert 'href="geo:0,0?q=' in page.text
    assert 'href="tel:+15145550142"' in page.text
    assert notes in page.text
    assert "Mesurer le signal" in page.text
    assert OFFICE_PHONE in page.text
    assert "<script" not in page.text


async def test_what_is_written_in_a_visit_is_text_on_the_page(terrain: Installation) -> None:
    def noted(conn: Connection) -> None:
        upstream(conn, 60, JOB, "DJ-00161", dispatch_notes="<script>alert(1)</script>")
        apply_pushes(conn, [push(mutation(1, "note", {"text": "<b>chien</b>"}))], CLOCK)

    await terrain.write(noted)
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)

    page = (await phone.get("/t/read")).text

    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;chien&lt;/b&gt;" in page


async def test_an_unknown_phone_reads_nothing(terrain: Installation) -> None:
    page = await terrain.phone().get("/t/read")

    assert page.status_code == 401
    assert not any(word in page.text for word in CUSTOMER)


async def test_the_day_leads_there(terrain: Installation) -> None:
    phone = terrain.phone()
    day = await enrolled(phone, (await terrain.link()).token)

    assert 'href="/t/read?lang=fr"' in day.text
