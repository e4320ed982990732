"""The check of a customer's line: every source at once, each within its time, one verdict."""
