"""What other rooms ask of approvals."""

from perennial.processes.approvals.read import Listed, Page, View, at_once, file, listed, look, node_of, page, waiting
from perennial.processes.approvals.vote import MOST, Said, decide, decide_many

__all__ = [
    "MOST",
    "Listed",
    "Page",
    "Said",
    "View",
    "at_once",
    "decide",
    "decide_many",
    "file",
    "listed",
    "look",
    "node_of",
    "page",
    "waiting",
]
