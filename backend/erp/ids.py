"""Makes ids: UUIDv7 (RFC 9562 section 5.7), which sort by the time they were made."""

import uuid


def uuid7(now_ms: int, entropy: bytes) -> str:
    """An id for an instant (UTC ms) out of at least 10 random bytes."""
    bits = int.from_bytes(entropy[:10], "big")
    value = (now_ms & (1 << 48) - 1) << 80 | bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
