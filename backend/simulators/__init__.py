"""Little real servers with the recorded quirks of the real ones."""
