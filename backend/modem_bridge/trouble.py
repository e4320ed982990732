"""What may go wrong with a check, and what to do about it, in French and English."""

from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """How a check ended that read nothing; stable, on the wire."""

    SESSION_TAKEN = "session-taken"
    WRONG_PASSWORD_OR_LOCKED = "wrong-password-or-locked"  # noqa: S105  (a code)
    UNREACHABLE = "unreachable"
    PROTOCOL = "protocol"
    TIMEOUT = "timeout"
    MODEM_HELD = "modem-held"
    CREDENTIAL_HELD = "credential-held"
    BAD_HOST = "bad-host"
    BAD_OBJECT = "bad-object"
    NO_CREDENTIAL = "no-credential"
    BAD_REPORT = "bad-report"
    UNPRINTED = "unprinted"
    BUSY = "busy"
    UNAUTHORIZED = "unauthorized"


class Trouble(Exception):
    """A check that read nothing. `detail` is short, safe to log and to show."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(f"{kind} {detail}".strip())
        self.kind = kind
        self.detail = detail


class Words(NamedTuple):
    """What happened, and what to do ("Quoi faire"), for the technician (tu) and the office."""

    happened: str
    todo: str


class Told(NamedTuple):
    """The HTTP status of a kind, and its words in both languages."""

    status: int
    fr: Words
    en: Words


TOLD: Final = {
    Kind.SESSION_TAKEN: Told(
        409,
        Words(
            "Quelqu'un d'autre est connecté au modem.",
            "Ferme la page du modem sur tous les appareils, puis réessaie dans deux minutes.",
        ),
        Words(
            "Somebody else is logged in to the modem.",
            "Close the modem's page on every device, then try again in two minutes.",
        ),
    ),
    Kind.WRONG_PASSWORD_OR_LOCKED: Told(
        502,
        Words(
            "Le modem refuse la connexion : mot de passe changé, ou modem verrouillé.",
            "N'insiste pas : attends cinq minutes. Si ça continue, le bureau vérifie le mot de"
            " passe de ce modèle.",
        ),
        Words(
            "The modem refuses the login: password changed, or modem locked.",
            "Do not insist: wait five minutes. If it goes on, the office checks the password of"
            " this model.",
        ),
    ),
    Kind.UNREACHABLE: Told(
        502,
        Words(
            "Le modem ne répond pas sur le réseau de gestion.",
            "Vérifie l'alimentation et le voyant PON, puis réessaie.",
        ),
        Words(
            "The modem does not answer on the management network.",
            "Check power and the PON light, then try again.",
        ),
    ),
    Kind.PROTOCOL: Told(
        502,
        Words(
            "Le modem a répondu, mais pas comme prévu.",
            "Sers-toi des lectures de l'OLT et de l'ACS; signale le modèle et le micrologiciel au"
            " bureau.",
        ),
        Words(
            "The modem answered, but not as expected.",
            "Use the readings of the OLT and the ACS; tell the office the model and firmware.",
        ),
    ),
    Kind.TIMEOUT: Told(
        504,
        Words(
            "Le modem répond trop lentement.",
            "Attends une minute, puis réessaie; un modem qui vient de démarrer est lent.",
        ),
        Words(
            "The modem answers too slowly.",
            "Wait a minute, then try again; a modem that has just started is slow.",
        ),
    ),
    Kind.MODEM_HELD: Told(
        503,
        Words(
            "Ce modem vient de refuser la connexion; on ne réessaie pas tout de suite, il se"
            " verrouillerait.",
            "Attends cinq minutes.",
        ),
        Words(
            "This modem has just refused the login; it is not tried again at once, or it would"
            " lock itself.",
            "Wait five minutes.",
        ),
    ),
    Kind.CREDENTIAL_HELD: Told(
        503,
        Words(
            "Trois modems ont refusé ce mot de passe : il ne sert plus.",
            "Le bureau corrige le mot de passe, puis permet un nouvel essai.",
        ),
        Words(
            "Three modems refused this password: it is no longer used.",
            "The office corrects the password, then allows a new try.",
        ),
    ),
    Kind.BAD_HOST: Told(
        422,
        Words(
            "Cette adresse n'est pas celle d'un modem de nos réseaux.",
            "Donner une adresse IP, sans port, des réseaux de `bridge.networks`.",
        ),
        Words(
            "This address is not of a modem in our networks.",
            "Give an IP address, without a port, of the networks in `bridge.networks`.",
        ),
    ),
    Kind.BAD_OBJECT: Told(
        422,
        Words(
            "Cet objet n'est pas de ceux qu'on lit.",
            "Donner de 1 à 8 noms comme DEV2_OPTC_GPON_CFG.",
        ),
        Words("This object is not one that is read.", "Give 1 to 8 names like DEV2_OPTC_GPON_CFG."),
    ),
    Kind.NO_CREDENTIAL: Told(
        422,
        Words(
            "Aucun mot de passe pour ce réseau et ce modèle.",
            "Ajouter une entrée au fichier `bridge.credentials_file`.",
        ),
        Words(
            "No password for this network and model.",
            "Add an entry to the file `bridge.credentials_file`.",
        ),
    ),
    Kind.BAD_REPORT: Told(
        422,
        Words(
            "Ce rapport ne se lit pas : serveur et pont sont de versions différentes.",
            "Mettre les deux à la même version.",
        ),
        Words(
            "This report cannot be read: server and bridge are of different versions.",
            "Bring both to the same version.",
        ),
    ),
    Kind.UNPRINTED: Told(
        503,
        Words(
            "Le rapport n'a pas pu être mis en PDF.",
            "Réessayer dans une minute, ou imprimer la page du rapport.",
        ),
        Words(
            "The report could not be made a PDF.",
            "Try again in a minute, or print the page of the report.",
        ),
    ),
    Kind.BUSY: Told(
        503,
        Words("Trop de vérifications en même temps.", "Réessaie dans une minute."),
        Words("Too many checks at once.", "Try again in a minute."),
    ),
    Kind.UNAUTHORIZED: Told(
        401,
        Words("Le secret du pont manque ou est faux.", "Vérifier `bridge.secret_file`."),
        Words("The bridge's secret is missing or wrong.", "Check `bridge.secret_file`."),
    ),
}
