"""Pages of changes are made once for all phones at one place, and never from another place."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import brotli
import msgspec
import pytest
import pytest_asyncio

from backend.replication.encoding import JOIN_ABOVE_BYTES, joined, share
from backend.replication.pages import Page, Pages
from backend.store.pull import pull
from backend.store.store import Store, open_store
from sync.protocol import PROTOCOL, SyncReply
from tests.given import CLOCK, JULIE, MARC, a_visit, push
from tests.given import mutation as made


@pytest_asyncio.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store with one visit of Marc's."""
    opened = open_store(database_url, lambda: CLOCK, lambda _poked: None)
    await opened.writer.run(a_visit)
    yield opened
    await opened.close()


def read(page: Page) -> SyncReply:
    """The page as a phone reads it."""
    return msgspec.json.decode(b'{"now":1' + page.end.plain, type=SyncReply)


async def test_a_page_is_what_a_pull_gives(store: Store) -> None:
    page = read(await Pages(store).after("", MARC, PROTOCOL))

    pulled = await store.read(lambda conn: pull(conn, MARC, ""))
    assert msgspec.json.encode(page.changes) == msgspec.json.encode(pulled.changes)
    assert page.conflicts == pulled.conflicts


async def test_phones_at_one_place_share_one_page_and_others_do_not(store: Store) -> None:
    pages = Pages(store)
    mine = await asyncio.gather(*(pages.after("", MARC, PROTOCOL) for _ in range(20)))
    here = read(mine[0]).changes.cursor

    again = await pages.after("", MARC, PROTOCOL)
    other = await pages.after("", JULIE, PROTOCOL)
    later = await pages.after(here, MARC, PROTOCOL)

    assert all(each.end is mine[0].end for each in (*mine, again))
    assert read(mine[0]).changes.put
    assert not read(other).changes.put
    assert not read(later).changes.put


async def test_a_page_is_made_anew_once_the_feed_has_moved(store: Store) -> None:
    pages = Pages(store)
    here = read(await pages.after("", MARC, PROTOCOL)).changes.cursor
    assert not read(await pages.after(here, MARC, PROTOCOL)).changes.put

    await store.writer.push(push(made(1, "note", {"text": "ok"})))

    [put] = read(await pages.after(here, MARC, PROTOCOL)).changes.put
    assert any(path.startswith("notes/") for path in put.cells)


async def test_one_phone_that_hangs_up_leaves_the_page_to_the_others(store: Store) -> None:
    pages = Pages(store)
    leaving = asyncio.create_task(pages.after("", MARC, PROTOCOL))
    staying = asyncio.create_task(pages.after("", MARC, PROTOCOL))
    await asyncio.sleep(0)
    leaving.cancel()

    assert read(await staying).changes.put


async def test_what_is_kept_has_a_bound(store: Store) -> None:
    pages = Pages(store, limit=1)

    first = await pages.after("", MARC, PROTOCOL)
    again = await pages.after("", MARC, PROTOCOL)

    assert first == again
    assert first.end is not again.end


def test_a_large_shared_end_is_joined_to_each_own_beginning() -> None:
    end = share(b"".join(b"visite %d;" % n for n in range(JOIN_ABOVE_BYTES)))
    for own in (b"", b"a", b"Marc " * 5000):
        body, encoding = joined(own, end, "gzip, deflate, br")

        assert encoding == "gzip"
        assert gzip.decompress(body) == own + end.plain


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, br", "br"), ("gzip", ""), ("", ""), ("identity", "")]
)
def test_a_small_reply_is_compressed_as_the_phone_accepts(accepted: str, encoding: str) -> None:
    body, said = joined(b"Marc " * 200, share(b"fin"), accepted)

    assert said == encoding
    plain = brotli.decompress(body) if said == "br" else body
    assert plain == b"Marc " * 200 + b"fin"
