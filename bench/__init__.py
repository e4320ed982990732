"""Benchmarks: one command a figure, JSON on the last line."""

import os

# As the server's decoding child has it (`backend/vision/decode.py`), and before NumPy is there: its
# threads that wait for work would be counted as work.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
