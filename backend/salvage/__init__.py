"""What a phone that may not sync any more still held, as the office hands it in."""
