"""The coming months before they happen: the same engine on a scratch copy, under a manual clock, with every way out
replaced by a recorder. Nothing is written to the live tables and nothing is sent.

In:   a day, and an assumption about people (nobody acts; or each task is done after its historical median by its most
      frequent outcome)
Out:  who would get what when, the load per person and week, messages per week; the copy is dropped
Read in this order: copy (one snapshot by pg_dump), people (the assumption), run, result.
"""

from perennial.simulation.run import ask, entries, read, run, runs, simulate

__all__ = ["ask", "entries", "read", "run", "runs", "simulate"]
