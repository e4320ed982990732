"""The serial number of a GPON terminal, in the four ways in which it is written down."""

import re
from typing import Final

# Vendor_ID of ITU-T G.984.3 (01/2014) clause 9.2.4.1, four letters registered with ATIS under
# T1.220; those met on labels of the equipment that fibre ISPs here install.
_VENDORS: Final = (
    "ADTN ALCL CIGG CXNK DSNW ELTX FHTT GNXS HBMT HWTC ISKT LEOX MSTC NOKW SCOM SMBS TMBB TPLG "
    "UBNT YOTC ZTEG ZYXE"
)
GPON_VENDORS: Final = frozenset(_VENDORS.split())

_OCTETS: Final = re.compile(r"[0-9A-F]{2}(?:[ :]?[0-9A-F]{2}){7}")
_LABELLED: Final = re.compile(r"[A-Z]{4}[0-9A-F]{8}")


def gpon_serial(said: str | bytes) -> str:
    """Four letters of a known vendor and eight hex digits, in capitals; "" when it is none.

    ITU-T G.984.3 clause 9.2.4.1: four letters of vendor, four octets of its own. Labels print the
    letters and eight hex digits; terminals and their heads also give 16 hex digits, the same octet
    by octet ("54 50 4C 47 ..."), or the eight octets themselves.
    """
    if isinstance(said, bytes):
        return gpon_serial(said.hex()) if len(said) == 8 else ""
    plain = said.upper()
    if _OCTETS.fullmatch(plain):
        digits = re.sub("[ :]", "", plain)
        plain = bytes.fromhex(digits[:8]).decode("latin-1") + digits[8:]
    return plain if _LABELLED.fullmatch(plain) and plain[:4] in GPON_VENDORS else ""
