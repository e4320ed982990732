"""Programs that check the repository itself, called by the Makefile."""
