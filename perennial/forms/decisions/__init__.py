"""Decision tables: what they are, what is wrong with them, and what is in force.

Read in this order: definition (the data), cells (one cell as a set), axes (the cells of an input side by side),
coverage (gaps and overlaps), problems, publishing (the rows by which SQL answers); `formula` has the function DECIDE.
"""

from perennial.forms.decisions.definition import Column, Decision, Rule, dump, load
from perennial.forms.decisions.places import interface, references
from perennial.forms.decisions.problems import Checked, check
from perennial.forms.decisions.publishing import asking, current, drawn, one, publish, put, remove, renew

__all__ = [
    "Checked", "Column", "Decision", "Rule", "asking", "check", "current", "drawn", "dump", "interface", "load", "one",
    "publish", "put", "references", "remove", "renew",
]  # fmt: skip
