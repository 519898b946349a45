"""Decision tables: what they are, what is wrong with them, and what is in force.

Read in this order: definition (the data), cells (one cell as a set), axes (the cells of an input side by side),
coverage (gaps and overlaps), problems, publishing (the rows by which SQL answers); `formula` has the function DECIDE.
"""

from perennial.forms.decisions.cells import Unreadable
from perennial.forms.decisions.definition import Column, Decision, Rule, dump, load
from perennial.forms.decisions.dmn import export as as_dmn
from perennial.forms.decisions.dmn import take as from_dmn
from perennial.forms.decisions.landscape import Landscape, landscape
from perennial.forms.decisions.places import interface, references
from perennial.forms.decisions.problems import Checked, check
from perennial.forms.decisions.publishing import asking, current, drawn, one, publish, put, remove, renew
from perennial.forms.decisions.sheet import export as as_sheet
from perennial.forms.decisions.sheet import take as from_sheet
from perennial.forms.decisions.trying import Tried, attempt, written

__all__ = [
    "Checked", "Column", "Decision", "Landscape", "Rule", "Tried", "Unreadable", "as_dmn", "as_sheet", "asking",
    "attempt", "check", "current", "drawn", "dump", "from_dmn", "from_sheet", "interface", "landscape", "load", "one",
    "publish", "put", "references", "remove", "renew", "written",
]  # fmt: skip
