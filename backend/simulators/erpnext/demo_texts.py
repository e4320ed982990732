"""What the demo's Québec is made of: people, streets, and the words of dispatchers."""

from typing import Final, NamedTuple


class Town(NamedTuple):
    """A town with the OLT that serves it; latitude and longitude in degrees."""

    name: str
    postal: str
    olt: str
    latitude: float
    longitude: float


class Kind(NamedTuple):
    """What visits of one job type look like; a checklist entry is (id, label, required)."""

    job_type: str
    billable: bool
    minutes: int
    photos: int
    subjects: tuple[str, ...]
    notes: tuple[str, ...]
    checklist: tuple[tuple[str, str, bool], ...]


TECHNICIANS: Final = (
    ("Marc Tremblay", "marc.tremblay@example.test", "+15145550101"),
    ("Julie Gagnon", "julie.gagnon@example.test", "+15145550102"),
    ("Karim Benali", "karim.benali@example.test", "+15145550103"),
)
FIRST_NAMES: Final = (
    "Louise",
    "Jean-Guy",
    "Sylvie",
    "Réjean",
    "Manon",
    "Étienne",
    "Chantal",
    "Yvon",
    "Geneviève",
    "Luc",
    "Nathalie",
    "Benoît",
    "Fatima",
    "Gaétan",
    "Josée",
    "Mathieu",
)
LAST_NAMES: Final = (
    "Bouchard",
    "Côté",
    "Lévesque",
    "Pelletier",
    "Bergeron",
    "Ouellet",
    "Désilets",
    "Fortin",
    "Primeau",
    "Haddad",
    "Laberge",
    "Poissant",
    "Thibault",
    "Beaulieu",
    "Nguyen",
    "Roy",
)
STREETS: Final = (
    "rue Notre-Dame",
    "rang Saint-Antoine",
    "boulevard Sainte-Marguerite",
    "montée du Grand-Bernier",
    "rue de l'Église",
    "chemin de la Rivière",
    "rue Saint-Joseph",
    "avenue des Érables",
    "rang Double",
    "rue du Parc",
    "chemin du Petit-Moulin",
    "rue Lachapelle",
)
TOWNS: Final = (
    Town("Saint-Rémi", "J0L", "OLT-SAINT-REMI-1", 45.2634, -73.6178),
    Town("Sainte-Martine", "J0S", "OLT-SAINTE-MARTINE-1", 45.2501, -73.8040),
    Town("Mercier", "J6R", "OLT-MERCIER-1", 45.3170, -73.7500),
    Town("Saint-Isidore", "J0L", "OLT-MERCIER-1", 45.3050, -73.6860),
)
PLANS: Final = (
    ("Fibre 100", 100, 100),
    ("Fibre 500", 500, 500),
    ("Fibre 1 Gbit/s", 1000, 1000),
)
ACCESS_NOTES: Final = (
    "Stationner dans la cour, pas dans la rue.",
    "Chien dans la cour : sonner avant d'ouvrir la barrière.",
    "Entrée par le côté, la sonnette ne fonctionne pas.",
    "Sous-sol bas de plafond, prise fibre derrière la fournaise.",
    "",
    "",
)
TAGS: Final = ("Fibre", "Urgent", "Chien", "Nacelle", "Client VIP")
KINDS: Final = (
    Kind(
        "Installation",
        True,
        90,
        3,
        ("Nouvelle installation fibre", "Installation fibre et téléphone"),
        (
            "Le câble extérieur est déjà posé jusqu'au boîtier.",
            "Le client veut le routeur au salon, prévoir 15 m de fibre blanche.",
        ),
        (
            ("signal", "Mesurer le signal optique à la prise", True),
            ("ont", "Brancher et activer l'ONT", True),
            ("wifi", "Vérifier le Wi-Fi dans chaque pièce", True),
            ("demo", "Montrer l'application au client", False),
        ),
    ),
    Kind(
        "Repair",
        False,
        60,
        1,
        ("Aucun signal, voyant LOS rouge", "Coupures le soir", "Débit trop lent en Wi-Fi"),
        (
            "Coupures depuis la tempête de samedi. Vérifier la goutte au poteau.",
            "Le client a déjà redémarré deux fois. Apporter un ONT de rechange.",
            "Appeler 15 minutes avant d'arriver.",
        ),
        (
            ("signal", "Mesurer le signal optique à la prise", True),
            ("test", "Faire un test de débit avec câble", True),
            ("cause", "Noter la cause de la panne", False),
        ),
    ),
    Kind(
        "Maintenance",
        False,
        45,
        1,
        ("Remplacement du routeur", "Entretien du boîtier extérieur"),
        ("Remplacer l'ancien routeur, le modèle n'est plus supporté.",),
        (
            ("etat", "Inspecter le boîtier et les connecteurs", True),
            ("nettoyage", "Nettoyer les connecteurs optiques", True),
        ),
    ),
    Kind(
        "Removal",
        False,
        30,
        2,
        ("Récupération des équipements",),
        ("Le client déménage : récupérer l'ONT et le routeur, laisser la prise.",),
        (("retour", "Scanner chaque équipement repris", True),),
    ),
)
CLOSING_NOTES: Final = (
    "Connecteur nettoyé, signal revenu à la normale.",
    "Tout fonctionne, client satisfait.",
)
