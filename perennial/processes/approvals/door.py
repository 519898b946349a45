"""What other rooms ask of approvals."""

from perennial.processes.approvals.acts import add, delegate, remove, transfer, urge
from perennial.processes.approvals.automatic import with_system
from perennial.processes.approvals.read import Listed, Page, View, at_once, file, listed, look, node_of, page, waiting
from perennial.processes.approvals.returns import send_back, send_back_each, withdraw
from perennial.processes.approvals.vote import MOST, Said, decide, decide_many

__all__ = [
    "MOST",
    "Listed",
    "Page",
    "Said",
    "View",
    "add",
    "at_once",
    "decide",
    "decide_many",
    "delegate",
    "file",
    "listed",
    "look",
    "node_of",
    "page",
    "remove",
    "send_back",
    "send_back_each",
    "transfer",
    "urge",
    "waiting",
    "with_system",
    "withdraw",
]  # fmt: skip
