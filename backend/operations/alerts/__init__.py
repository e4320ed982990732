"""Tells the operator, outside of every screen, what cannot wait until somebody looks."""
