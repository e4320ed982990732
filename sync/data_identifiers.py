"""The fields of a message in the envelope of ISO/IEC 15434, as a maker's DataMatrix holds it."""

import re
from typing import Final

_RECORD: Final = "\x1e"
_GROUP: Final = "\x1d"
_HEAD: Final = "[)>" + _RECORD
# Format 06 of the standard: data identifiers of ANSI MH10.8.2, up to three digits and a letter.
_FORMAT: Final = "06" + _GROUP
_FIELD: Final = re.compile(r"(?P<identifier>[0-9]{0,3}[A-Z]) ?(?P<value>.+)", re.DOTALL)


def message_fields(text: str) -> tuple[tuple[str, str], ...]:
    """Each field's data identifier and value, in order; none when `text` is no such message.

    Fields without an identifier are left out. The end of transmission may be missing.
    """
    if not text.startswith(_HEAD):
        return ()
    records = text.removeprefix(_HEAD).removesuffix("\x04").split(_RECORD)
    fields = [
        _FIELD.fullmatch(field.strip(" \t\r\n"))
        for record in records
        if record.startswith(_FORMAT)
        for field in record.removeprefix(_FORMAT).split(_GROUP)
    ]
    return tuple((found["identifier"], found["value"]) for found in fields if found)
