"""Oktopus, a controller of terminals that speak USP (TR-369): there, and off unless it is let."""
