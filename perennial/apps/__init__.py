"""Apps as code, and what designers do in the browser: drafts, plans, publications and their undo.

In:   a folder (forms, roles, views, audiences, templates, processes, dashboards), drafts, what is in force
Out:  a plan of what publishing would change and touch, its publication in one transaction, its undo; the folder back
Read in this order: kinds, tree (load, current, export), uses (what names what), plan, publication, merge, draft,
problems.
"""

from perennial.apps.draft import Draft, Had, changes_of, discard, drafts, in_force, published, read, rebase, save
from perennial.apps.indexes import build_indexes, watched
from perennial.apps.kinds import KINDS, Kind, kind_of
from perennial.apps.merge import Clash, merge
from perennial.apps.plan import Change, Found, Plan, Step, plan, propose
from perennial.apps.problems import Fix, fix, of_plan, problems
from perennial.apps.publication import (
    Publication,
    ensure,
    history,
    latest,
    locked,
    propose_undo,
    publication,
    publications,
    publish,
    refuse,
    undo,
)
from perennial.apps.told import Difference, told
from perennial.apps.tree import BUNDLED, App, current, export, load
from perennial.apps.uses import Fault, Use, Whole, in_use, uses

__all__ = [
    "BUNDLED", "KINDS", "App", "Change", "Clash", "Difference", "Draft", "Fault", "Fix", "Found", "Had", "Kind", "Plan",
    "Publication", "Step", "Use", "Whole", "build_indexes", "changes_of", "current", "discard", "drafts",
    "ensure", "export", "fix", "history", "in_force", "in_use", "kind_of", "latest", "load", "locked", "merge",
    "of_plan", "plan", "problems", "propose", "propose_undo", "publication", "publications", "publish",
    "published", "read", "rebase", "refuse", "save", "told", "undo", "uses", "watched",
]  # fmt: skip
