"""The coming months before they happen: the same engine on a scratch copy, under a manual clock, with every way out
replaced by a recorder. Nothing is written to the live tables and nothing is sent.

In:   a day, an assumption about people (nobody acts; each task is done after its historical median by its most frequent
      outcome; or a script), and perhaps a draft or another version to stand instead of what is in force
Out:  who would get what when, the load per person and week, messages per week, and what differs; the copy is dropped
Read in this order: copy (one snapshot by pg_dump), people and edits (the assumption), instead, run, result, compare.
"""

from perennial.simulation.compare import compare
from perennial.simulation.copy import scratch_copy, sweep
from perennial.simulation.edits import Edit
from perennial.simulation.instead import Instead, definition, drawn
from perennial.simulation.people import Habit, Line, habits, scripted
from perennial.simulation.result import Result
from perennial.simulation.run import ask, cancel, entries, play, read, run, runs, simulate, unfinished

__all__ = [
    "Edit", "Habit", "Instead", "Line", "Result", "ask", "cancel", "compare", "definition", "drawn", "entries",
    "habits", "play", "read", "run", "runs", "scratch_copy", "scripted", "simulate", "sweep", "unfinished",
]  # fmt: skip
