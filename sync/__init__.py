"""The pure engine: decides what a mutation does; no I/O, no clock, no randomness."""
