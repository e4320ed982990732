"""Whether everything that the page ever showed was true when it was shown."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from tests.e2e.proxy import SYNC
from tests.e2e.world import ZONE, Sent, World

# How long after a gesture the screen may still say what was true before it.
REDRAWN_MS: Final = 1_500
_RECEIVED: Final = ("Reçu", "Reçu, pas encore au dossier")
_FILED: Final = "Au dossier"
_ALL_SENT: Final = ("Tout est envoyé", "Reçu, pas encore au dossier")
_OUTBOX: Final = "Mes envois"
_ITEMS: Final = {"note": "Note", "scan": "Photo d'étiquette", "photo": "Photo –"}
_STATUS: Final = {"en_route": "En route", "on_site": "Sur place", "completed": "Terminée"}


class Said(NamedTuple):
    """The strip said this from `since` until `until` (UTC ms)."""

    strip: str
    since: int
    until: int


class Claim(NamedTuple):
    """An item of the screen "Envois" had this word at this instant (UTC ms)."""

    title: str
    word: str
    at: int


def assert_shown_was_true(world: World) -> None:
    """No item was called received before the server had committed it and had answered, none was
    called filed before ERPNext had it, and "all sent" was said only when all of it was.
    """
    sent, filed = world.sent(), _filed_at(world)
    claims = list(_claims(world.phone.shown))
    assert claims, "nothing was shown"
    for claim in claims:
        mutation = _meant(claim, sent)
        if claim.word in (*_RECEIVED, _FILED):
            assert mutation is not None, claim
            assert mutation.received_at <= claim.at, claim
            assert _answered_between(world, mutation.made_at, claim.at), claim
        if claim.word == _FILED:
            assert mutation is not None, claim
            assert filed[mutation.id] <= claim.at, claim
    for said in _said(world.phone.shown):
        _assert_all_was_sent(said, sent)


def words_of(world: World) -> list[str]:
    """Every word that an item had, in the order of the first time."""
    return list(dict.fromkeys(claim.word for claim in _claims(world.phone.shown)))


def _assert_all_was_sent(said: Said, sent: list[Sent]) -> None:
    if not said.strip.startswith(_ALL_SENT):
        return
    for each in sent:
        known_at = max(said.since, each.made_at + REDRAWN_MS)
        if known_at <= said.until:
            assert each.received_at <= known_at, (said, each)


def _filed_at(world: World) -> dict[str, int]:
    """When ERPNext got each mutation, by its own log; UTC ms."""
    return {
        effect.name: round(datetime.fromisoformat(entry.at).replace(tzinfo=ZONE).timestamp() * 1e3)
        for entry in world.erpnext.log()
        for effect in entry.effects
        if (effect.doctype, effect.action) == ("Field Operation", "insert")
    }


def _answered_between(world: World, after: int, before: int) -> bool:
    answers = [each.answered_at for each in world.proxy.asked(SYNC)]
    return any(each is not None and after <= each <= before for each in answers)


def _claims(shown: list[dict[str, Any]]) -> Iterator[Claim]:
    for frame in shown:
        if frame["screen"] == _OUTBOX:
            for title, word in frame["items"]:
                yield Claim(title, word, frame["at"])


def _said(shown: list[dict[str, Any]]) -> Iterator[Said]:
    for frame, following in zip(shown, [*shown[1:], None], strict=True):
        # What a page said ends with the page: after a kill nothing is shown.
        lasted = following is not None and following["page"] == frame["page"]
        until = following["at"] if following is not None and lasted else frame["at"]
        yield Said(frame["strip"], frame["at"], until)


def _meant(claim: Claim, sent: list[Sent]) -> Sent | None:
    """The mutation of a title; the tests give no two of them the same title."""
    found = [each for each in sent if claim.title.startswith(_title(each))]
    assert len(found) <= 1, claim
    return found[0] if found else None


def _title(each: Sent) -> str:
    if each.kind == "status":
        return f"Statut {_STATUS[each.args['to']]}"
    if each.kind == "check":
        return f"Étape {_STEPS[each.args['item']]}"
    return _ITEMS.get(each.kind, "Équipement ")


_STEPS: Final = {"signal": "Mesurer le signal", "test": "Faire un test"}
