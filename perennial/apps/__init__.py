"""Apps as code: everything a designer makes is one tree of YAML files.

In:   a folder (forms, roles, audiences, templates, processes, dashboards), or what is in force
Out:  a plan of what applying would create and change, its application in one transaction, the folder back
Read in this order: kinds, tree (load, current, export), plan (plan, apply).
"""

from perennial.apps.plan import Plan, Step, apply, ensure, plan
from perennial.apps.tree import BUNDLED, App, current, export, load

__all__ = ["BUNDLED", "App", "Plan", "Step", "apply", "current", "ensure", "export", "load", "plan"]
