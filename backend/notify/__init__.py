"""Messages to people: one client each, off until it is configured."""
