"""Technicians' links: made, sent, extended, revoked."""
