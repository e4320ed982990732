"""Realistic French days of a technician, made up by a seed: visits, places, customers, plans."""

import random
import re
from typing import Any, Final

FIRST_NAMES: Final = (
    *("Luc", "Marie-Ève", "Jean-François", "Zoé", "Étienne", "Chantal", "Mélissa"),
    *("Réjean", "Nathalie", "Yvon"),
)
LAST_NAMES: Final = (
    *("Tremblay", "Gagnon", "Roy", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie"),
    *("Fortin", "Gagné", "Pelletier"),
)
STREETS: Final = (
    *("rue des Érables", "chemin du Lac-Supérieur", "rang Saint-Pierre", "avenue du Parc"),
    *("boulevard Curé-Labelle", "montée Masson", "rue de l'Église", "rue Principale"),
)
TOWNS: Final = (
    *("Saint-Jérôme", "Sainte-Adèle", "Mirabel", "Prévost", "Val-David"),
    "Sainte-Agathe-des-Monts",
)
OFFICE_NOTES: Final = (
    "Le client demande de passer par la porte arrière; chien attaché dans la cour.",
    "Conduit bouché l'an dernier, prévoir le tire-fil et 30 m de câble.",
    "Appeler 30 minutes avant d'arriver, le client travaille de nuit.",
    "Prise existante au salon, le client veut l'ONT au sous-sol près du panneau.",
    "Signal faible rapporté hier soir par la cliente, vérifier le connecteur du terminal.",
    "",
)
ACCESS_NOTES: Final = (
    "Clé chez le voisin du 14.",
    "Stationnement interdit devant, utiliser la ruelle.",
    "",
)
STEPS: Final = (
    "Vérifier le signal au terminal",
    "Poser l'ONT et l'étiqueter",
    "Brancher le routeur",
    "Tester la vitesse avec le client",
    "Ramasser l'ancien équipement",
)
# What `backend/erp/erpnext.toml` demands of each type, by ERPNext's own words.
EVIDENCE: Final = {
    "Installation": ["serial", "verification", "photos"],
    "Repair": ["verification"],
    "Maintenance": ["serial", "verification", "photos"],
    "Removal": ["serial", "verification", "photos"],
}

Rows = dict[str, dict[str, Any]]


def generated_day(seed: int, technician: str, today: str, visits: int) -> Rows:
    """The rows of one day of a technician (a record key), as ERPNext's mapping reads them."""
    rng = random.Random(seed)  # noqa: S311
    rows: Rows = {}
    for number in range(visits):
        rows |= _visit(rng, number, technician, today)
    return rows


def person(seed: int) -> str:
    """A full name."""
    return _person(random.Random(seed))  # noqa: S311


def _person(rng: random.Random) -> str:
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def _visit(rng: random.Random, number: int, technician: str, today: str) -> Rows:
    kinds = ("job", "location", "contact", "subscription")
    job, location, contact, subscription = (f"{kind}/{_uuid(rng)}" for kind in kinds)
    street = f"{rng.randrange(1, 3000)}, {rng.choice(STREETS)}"
    customer = _person(rng)
    own = {"technician": technician, "date": today}
    refs = {"location": location, "contact": contact, "subscription": subscription}
    return {
        job: _job(rng, number, customer) | own | refs,
        location: _location(rng, street),
        contact: {
            "name": f"{customer}-{rng.randrange(999)}",
            "full_name": customer,
            "language": "fr",
            "phone": f"+1450555{rng.randrange(100, 200):04}",
        },
        subscription: {
            "name": f"SUB-{rng.randrange(10**5):05}",
            "plan": rng.choice(["Fibre 500", "Fibre 1 Gbit/s", "Fibre 100"]),
            "status": "active",
            "down_mbps": rng.choice([100, 500, 1000]),
            "up_mbps": rng.choice([50, 100, 500]),
        },
    }


def _job(rng: random.Random, number: int, customer: str) -> dict[str, Any]:
    job_type = rng.choice(list(EVIDENCE))
    steps = rng.sample(STEPS, k=rng.randrange(2, 6))
    cells: dict[str, Any] = {
        "name": f"DJ-{rng.randrange(10**5):05}",
        "subject": f"{job_type} – {customer}",
        "job_type": job_type,
        "billable": rng.random() < 0.5,
        "evidence": EVIDENCE[job_type],
        "required_photos": rng.choice([0, 2, 4]),
        "priority": rng.choice(["low", "medium", "high"]),
        "window_start": f"{8 + number:02}:00",
        "window_end": f"{9 + number:02}:30",
        "duration_min": rng.choice([45, 60, 90]),
        "status": rng.choice(["completed", "todo"]) if number < 3 else "todo",
        "dispatch_notes": rng.choice(OFFICE_NOTES),
        "checklist": [{"id": f"s{i}", "label": s, "required": i < 2} for i, s in enumerate(steps)],
    }
    return cells | {f"tags/{tag}": True for tag in rng.sample(["dog", "no_doorbell"], k=number % 3)}


def _location(rng: random.Random, street: str) -> dict[str, Any]:
    return {
        "name": f"LOC-{rng.randrange(10**5):05}",
        "label": street,
        "street": street,
        "town": rng.choice(TOWNS),
        "postal_code": f"J{rng.randrange(10)}Z {rng.randrange(10)}K{rng.randrange(10)}",
        "latitude": round(45.6 + rng.random() / 2, 6),
        "longitude": round(-74.3 + rng.random() / 2, 6),
        "olt": f"OLT-{rng.randrange(1, 9)}",
        "pon_port": f"0/{rng.randrange(16)}/{rng.randrange(16)}",
        "access_notes": rng.choice(ACCESS_NOTES),
    }


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return re.sub(r"(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", digits)
