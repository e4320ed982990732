"""What an installation knows of the labels that its technicians read."""

import re
from typing import Final

import msgspec

# RFC 952 and RFC 1123 section 2.1: letters, digits and hyphens between dots; a port may follow.
_STICKER_HOST: Final = re.compile(r"|(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?")


class LabelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of labels: by model, in capitals, the regular expression that its serials
    match. Models without one are learned from the equipment in ERPNext.

    `sticker_host` is the host name on the ISP's own stickers, whose codes hold
    `https://HOST/q/{mac}`; "" when it has none. Raises ValueError for what is no host name.
    """

    serials: dict[str, str] = {}
    sticker_host: str = ""

    def __post_init__(self) -> None:
        if not _STICKER_HOST.fullmatch(self.sticker_host):
            raise ValueError("sticker_host : nom d'hôte seul / host name alone: q.example.ca")


def are_patterns(labels: LabelSettings) -> bool:
    """Whether every shape of a serial is a regular expression."""
    try:
        return all(re.compile(pattern) for pattern in labels.serials.values())
    except re.error:
        return False
