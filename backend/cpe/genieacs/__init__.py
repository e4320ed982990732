"""GenieACS as a source: what it last heard of a modem, and what the modem says now."""
