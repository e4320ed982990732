"""The modem bridge as a source: a client of it, and its answers as readings."""
