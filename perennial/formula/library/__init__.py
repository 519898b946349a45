"""The functions as data, a file per group; `functions.py` says what a line means."""
