"""Forms: what they are, the catalog of all of them, and the publication that gives them tables.

Read in this order: definition (the data), kinds, plan and propose (the difference), apply (the DDL), catalog (what
is in force), maintained (columns kept true).
"""

from perennial.forms.apply import apply
from perennial.forms.behaviour import Behaviour, Place, places
from perennial.forms.catalog import Catalog, Stored, catalog
from perennial.forms.course import Course
from perennial.forms.ddl import unique_of
from perennial.forms.definition import Check, Field, Form, Option, Unique, dump, load, load_all
from perennial.forms.keys import SYSTEM_FIELDS, free_key, is_key, number_parts, propose_key
from perennial.forms.kinds import KINDS, MOST_FILES, MOST_LINKED, STRUCTURED, TEXT_LIMIT, UNIQUE_TEXT_LIMIT, Kind
from perennial.forms.layout import Cell, Section, Tab, dump_layout
from perennial.forms.maintained import RecomputeStep, recompute, recompute_plan
from perennial.forms.overview import Folk, Overview, Terms
from perennial.forms.past import Past, claimed, past, previous, reading
from perennial.forms.plan import Kept, Lost, Operation, Plan, difference, unique_groups
from perennial.forms.propose import merged, propose, supposing
from perennial.forms.readings import take_readings
from perennial.forms.rebuild import columns, create_tables, drop_tables, finish_tables, tables
from perennial.forms.references import Reference, reads, references, verify
from perennial.forms.scope import CERTIFICATE
from perennial.forms.sound import unsound

from perennial.forms import decisions  # isort: skip

__all__ = [
    "CERTIFICATE", "KINDS", "MOST_FILES", "MOST_LINKED", "STRUCTURED", "SYSTEM_FIELDS", "TEXT_LIMIT",
    "UNIQUE_TEXT_LIMIT", "Behaviour", "Catalog", "Cell", "Check", "Course", "Field", "Folk", "Form", "Kept", "Kind",
    "Lost", "Operation", "Option", "Overview", "Past", "Place", "Plan", "RecomputeStep", "Reference", "Section",
    "Stored", "Tab", "Terms", "Unique", "apply", "catalog", "claimed", "columns", "create_tables", "decisions",
    "difference", "drop_tables", "dump", "dump_layout", "finish_tables", "free_key", "is_key", "load", "load_all",
    "merged", "number_parts", "past", "places", "previous", "propose", "propose_key", "reading", "reads",
    "recompute", "recompute_plan", "references", "supposing", "tables", "take_readings", "unique_groups",
    "unique_of", "unsound", "verify",
]  # fmt: skip
