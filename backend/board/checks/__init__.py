"""The checks of lines as they end."""
