"""Benchmarks: one command a figure, JSON on the last line."""
