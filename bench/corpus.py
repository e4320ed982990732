"""What the sync benches are made of: visits of a Québec fibre ISP and edits of them, by a seed."""

from random import Random
from typing import Any, Final, NamedTuple

from backend.simulators.erpnext.demo_texts import FIRST_NAMES, LAST_NAMES

SEED: Final = 20_261_126
JOBS: Final = 500
JOBS_A_CONTACT: Final = 5

SUBJECTS: Final = (
    "Installation fibre, maison unifamiliale",
    "Réparation : perte de signal depuis hier soir",
    "Remplacement du modem, débit insuffisant",
    "Déplacement de prise au sous-sol",
    "Vérification du niveau optique à la borne",
)
NOTES: Final = (
    "Signal à -19 dBm après nettoyage du connecteur",
    "Client absent, voisin joint, repasse après 15 h",
    "Fibre coincée dans la porte du garage, remplacée sur 12 m",
    "Borne inondée, photo prise, à signaler au réseau",
    "Modem redémarré deux fois, Wi-Fi 5 GHz stable maintenant",
    "Le chien est attaché, entrée par la cour",
    "Épissure refaite, perte de 0,3 dB",
    "Client satisfait, test de débit 940/938 devant lui",
    "Manque un boîtier mural, à rapporter demain",
    "Câble aérien trop bas au-dessus de l'allée",
)
ENDINGS: Final = (
    "",
    ".",
    ", à suivre",
    ", merci",
    " (2e visite)",
    ", voir photo",
    "; rien d'autre",
)
DISPATCH: Final = (
    "Appeler 30 minutes avant. Stationnement difficile, ruelle derrière l'immeuble. "
    "Le propriétaire veut que la fibre passe par le sous-sol, pas par la façade. "
)
TAGS: Final = ("chien", "échelle 28 pi", "nacelle", "clé au dépanneur", "accès ruelle", "à deux")
CHECKLIST: Final = (
    ("c1", "Mesurer le niveau optique", True),
    ("c2", "Nettoyer le connecteur", False),
    ("c3", "Étiqueter la prise", True),
    ("c4", "Tester le débit devant le client", True),
)
STATUSES: Final = ("en_route", "on_site", "on_hold")


class Document(NamedTuple):
    """A record as the office made it."""

    key: str
    cells: dict[str, Any]


class Edit(NamedTuple):
    """One tap: what is changed, and the 16 random bytes (hex) that the phone draws for it."""

    kind: str
    key: str
    args: dict[str, Any]
    chance: str


def record_id(rng: Random) -> str:
    """A random UUID in the form that the server gives."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-a{text[17:20]}-{text[20:]}"


def contact(rng: Random) -> Document:
    """A customer."""
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    return Document(f"contact/{record_id(rng)}", {"full_name": name, "phone": phone(rng)})


def phone(rng: Random) -> str:
    """A telephone number of the region."""
    return f"450-555-{rng.randrange(10_000):04d}"


def job(rng: Random, technician: str, customer: str, day: str) -> Document:
    """A visit of about 700 bytes as JSON."""
    cells = {
        "subject": rng.choice(SUBJECTS),
        "job_type": "Repair",
        "status": "todo",
        "priority": "Medium",
        "date": day,
        "window_start": f"{rng.randrange(8, 17):02d}:00",
        "duration_min": 60,
        "technician": technician,
        "contact": customer,
        "dispatch_notes": f"{DISPATCH}{rng.choice(NOTES)}",
        "checklist": [{"id": i, "label": text, "required": must} for i, text, must in CHECKLIST],
    }
    return Document(f"job/{record_id(rng)}", cells)


def edit(rng: Random, jobs: list[Document]) -> Edit:
    """One single-field edit of a visit or of its customer, as often as the field makes them."""
    visit = rng.choice(jobs)
    kind = rng.choices(tuple(_ARGS), (22, 13, 7, 4, 3, 1))[0]
    key = visit.cells["contact"] if kind == "edit" else visit.key
    return Edit(kind, key, _ARGS[kind](rng), f"{rng.getrandbits(128):032x}")


def _status(rng: Random) -> dict[str, Any]:
    to = rng.choice(STATUSES)
    return {"to": to, "reason": "part"} if to == "on_hold" else {"to": to}


_ARGS: Final[dict[str, Any]] = {
    "check": lambda rng: {"item": rng.choice(CHECKLIST)[0], "done": rng.random() < 0.9},
    "note": lambda rng: {"text": rng.choice(NOTES) + rng.choice(ENDINGS)},
    "tag": lambda rng: {"tag": rng.choice(TAGS), "on": rng.random() < 0.8},
    "status": _status,
    "attempt": lambda rng: {"how": rng.choice(("call", "text", "door"))},
    "edit": lambda rng: {"phone": phone(rng)},
}
