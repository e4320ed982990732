"""What an alert says to the operator, in French and in English; no customer is named."""

from typing import Final, NamedTuple

from backend.operations.alerts.conditions import Kind, Name, Told


class Message(NamedTuple):
    """One message; `title` and `text` have both languages."""

    kind: str
    subject: str
    state: str
    title: str
    text: str


_WORDS: Final = {
    Kind.CONFLICT: ("un conflit est à trancher", "a conflict is to be decided"),
    Kind.REFUSED: ("un geste a été refusé", "a mutation was refused"),
    Kind.SILENT: (
        "un appareil se tait et a encore des visites aujourd'hui",
        "a device is silent and still has visits today",
    ),
    Kind.LATE: ("ERPNext est en retard", "ERPNext is late"),
    Kind.KEY: ("ERPNext refuse notre clé", "ERPNext refuses our key"),
    Kind.DISK: ("le disque se remplit", "the disk fills up"),
    Kind.BACKUP: ("la dernière sauvegarde est trop vieille", "the last backup is too old"),
}
_STATES: Final = {Told.RAISED: ("ALERTE", "ALERT"), Told.CLEARED: ("RÉGLÉ", "CLEARED")}


def message(name: Name, word: Told, detail: str, board: str) -> Message:
    """What is sent when an alert begins or ends; `board` is the address to look at, or ""."""
    (fr, en), (state_fr, state_en) = _WORDS[name.kind], _STATES[word]
    about = f" : {detail}" if detail else ""
    lines = [f"{state_fr} : {fr}{about}", f"{state_en}: {en}{about}", *([board] if board else [])]
    title = f"Terrain – {state_fr} : {fr} / {state_en}: {en}"
    return Message(name.kind.value, name.subject, word.value, title, "\n".join(lines))
