"""What a process is: frozen data. `load` reads it from YAML, `check` says what is wrong with it.

A node without `next` ends its branch. Formulas are texts over the process's form; they are typed in `check`.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from perennial.rules import OWNER, Who

Unit: TypeAlias = Literal["days", "workdays"]
SAME_TERM_DAYS = 30  # a date that moves by less stays in its term
CUSTOMER_LIMIT_DAYS = 7  # a message to a customer later than this is left out
LATE_MINUTES = 10  # a decision within this counts as in time


@dataclass(frozen=True, slots=True)
class Start:
    """How instances begin. `on`: a date with an offset, a record created, a record changed to match, by hand."""

    key: str
    on: Literal["date", "created", "matched", "hand"]
    label: str = ""
    label_en: str = ""
    date: str = ""
    offset: int = 0
    unit: Unit = "days"
    at: dt.time = dt.time(9)
    when: str = ""
    late: Literal["run", "skip"] = "run"
    undone: Literal["", "remove"] = ""  # matched: what becomes of created records when the match is undone
    touched: str = ""  # undone: the node that is gone to when somebody has touched one of them


@dataclass(frozen=True, slots=True)
class Fill:
    """A field that a task asks for. `required`: it is not finished without it; with `when`, where that holds."""

    field: str
    required: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to finish a task."""

    key: str
    label: str
    label_en: str = ""
    fill: tuple[Fill, ...] = ()
    next: str = ""
    take_back: bool = False  # what instances of this record's process created for it is deleted


@dataclass(frozen=True, slots=True)
class Node:
    """What every node has. `label` is the business word; `next` is where the branch goes on, '' ends it.

    note, place   what designers write about it and where they put it: shown only, no part of what it means
    """

    key: str
    label: str = ""
    label_en: str = ""
    next: str = ""
    note: str = field(default="", compare=False)
    place: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Task(Node):
    """A person has something to do; the branch goes on with the chosen outcome.

    others  further people, each with a task of their own; the branch goes on when `need` (0: all) of the tasks are
            done, with the outcome that stands last in the definition among those chosen
    seal    the attachment field for the sealed file, which is required; who, when and its hash are kept
    """

    who: Who = OWNER
    others: tuple[Who, ...] = ()
    need: int = 0
    seal: str = ""
    due_workdays: int = 3
    priority: Literal["low", "normal", "high"] = "normal"
    title: str = ""  # a formula; default: the label
    fill: tuple[Fill, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    repeat_workdays: int = 0  # asked again every so often while it is open
    timeout: int = 0  # so many `timeout_unit`s after it came it closes, and the branch goes on at `on_timeout`
    timeout_unit: Unit = "workdays"
    on_timeout: str = ""
    critical: str = ""  # of one instance, one task of this name is open at a time; the others wait in line
    propose: "Find | None" = None  # a value offered for the first field of `fill`


@dataclass(frozen=True, slots=True)
class Right:
    """What a signer may do with a field at one node. It narrows what access grants, never widens it."""

    field: str
    right: Literal["hidden", "read", "write", "required"]
    when: str = ""  # required: of records where this holds; of others it may be written


@dataclass(frozen=True, slots=True)
class Approval(Node):
    """People decide; docs/approvals.md. Each of `who` is a slot, of superiors one for each level."""

    who: tuple[Who, ...] = ()
    mode: Literal["all", "any", "order", "vote"] = "all"
    ratio: Decimal = Decimal(1)  # vote: the share of slots that must approve
    veto: bool = False  # vote: one that rejects decides
    title: str = ""  # a formula; default: the label
    due_workdays: int = 2
    on_timeout: Literal["", "remind", "pass", "reject", "escalate"] = ""
    empty: Literal["admin", "pass", "reject", "person"] = "admin"
    instead: str = ""  # empty: the account of that person
    skip_repeated: bool = False
    opinion: Literal["none", "reject", "always"] = "reject"
    attachments: bool = True
    signature: bool = False
    fields: tuple[Right, ...] = ()
    returns: tuple[str, ...] = ()  # where it may be sent back to; none: to every earlier task and approval
    copy_to: tuple[Who, ...] = ()
    approved: str = ""
    rejected: str = ""


@dataclass(frozen=True, slots=True)
class Find:
    """Another record of `form`: the same values in `same`, matching `when`, its `date` within `days` before `near`."""

    form: str
    same: tuple[str, ...]
    when: str = ""
    date: str = ""
    near: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a condition. What is given must hold together: a formula over the record; a similar record exists;
    the message that node `left` decided has really left; the wait before fell due under a hold (`held`); somebody of
    this instance stands at the node `stands`."""

    when: str = ""
    exists: Find | None = None
    left: str = ""
    held: bool = False
    stands: str = ""
    next: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """The first case that holds decides; `otherwise` (required; 'end' ends the branch) is the rest."""

    cases: tuple[Case, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Parallel(Node):
    """All branches begin at once; each ends by itself."""

    branches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inclusive(Node):
    """Every case that holds begins a branch; none: `otherwise`."""

    cases: tuple[Case, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Join(Node):
    """The branches of the split `of` become one: when all that live stand here, or when `need` of them do. What is then
    left of them is cancelled, or absorbed when it comes."""

    of: str = ""
    need: int = 0
    rest: Literal["cancel", "absorb"] = "cancel"


@dataclass(frozen=True, slots=True)
class Cancel(Node):
    """Whoever stands at one of these nodes ends there, tasks and all: branches of the same round of a split, or what
    the instance has beside splits."""

    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record of `form` is created that leads to the waiting one by its relation `by` and matches `when`."""

    form: str
    by: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Wait(Node):
    """Until a date at a time of day, for a duration, until a condition holds or something happens (at the latest after
    a limit)."""

    until: str = ""
    at: dt.time = dt.time(9)
    lasting: int = 0
    unit: Unit = "days"
    met: str = ""
    arrives: Arrival | None = None
    hook: str = ""  # somebody calls the address of this name
    since: Literal["here", "start"] = "here"  # arrives, hook: does what came since the instance began count?
    limit: int = 0  # met, arrives, hook: so many `unit`s, then `on_limit`; 0 waits for ever
    on_limit: str = ""

    @property
    def limited(self) -> bool:
        return self.limit > 0 and bool(self.met or self.arrives or self.hook)


@dataclass(frozen=True, slots=True)
class Sub(Node):
    """An instance of another process for each record that is meant, fixed on entering; the branch goes on when `need`
    of them (0: all) are over.

    over    a collection of the record, of which those that match `when` are meant; '': the record that the relation
            path `record` leads to, '' the record itself. A record for which that process runs is waited for with it
    rest    what becomes of those still open when it goes on: they end, or go on by themselves
    """

    process: str = ""
    over: str = ""
    record: str = ""
    when: str = ""
    need: int = 0
    rest: Literal["cancel", "absorb"] = "absorb"
    timeout: int = 0  # so many `timeout_unit`s after it came the branch goes on at `on_timeout`
    timeout_unit: Unit = "workdays"
    on_timeout: str = ""


@dataclass(frozen=True, slots=True)
class Webhook(Node):
    """A signed JSON of `values` is posted to `url`, up to `tries` times; refused for good it goes on at `on_error`
    (none: it stands there with its error until somebody tries again)."""

    url: str = ""
    values: tuple[tuple[str, str], ...] = ()
    tries: int = 5
    on_error: str = ""


@dataclass(frozen=True, slots=True)
class Update(Node):
    """The record, or the one that `record` (a relation path) leads to, gets new values."""

    values: tuple[tuple[str, str], ...] = ()
    record: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Create(Node):
    """A record of `form` exists that agrees in the fields of `match`: a live one is linked, else it is created."""

    form: str = ""
    values: tuple[tuple[str, str], ...] = ()  # the text `this` is the record itself
    match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify(Node):
    """A message is decided; it leaves through the outbox, where its condition and its limit are tested again."""

    who: Who = OWNER
    template: str = ""
    when: str = ""
    limit_days: int | None = None


@dataclass(frozen=True, slots=True)
class End(Node):
    """The branch ends, or with `scope: instance` everything that is still open."""

    scope: Literal["branch", "instance"] = "branch"


@dataclass(frozen=True, slots=True)
class Unread(Node):
    """A node of a draft that cannot be read yet; it leads where it can be seen to lead. Never published."""

    ways: tuple[str, ...] = ()


END = "end"  # the implicit end of a branch


@dataclass(frozen=True, slots=True)
class Process:
    """A graph of nodes over the records of one form."""

    key: str
    label: str
    form: str
    nodes: tuple[Node, ...]
    starts: tuple[Start, ...] = ()
    label_en: str = ""
    about: str = ""
    covers: str = ""
    cancel_when: str = ""
    then: str = ""
    not_before: str = ""
    hold_by: tuple[str, ...] = ()
    owner: str = ""  # a person field; default: the form's owner
    same_term_days: int = SAME_TERM_DAYS

    @property
    def first(self) -> str:
        return self.nodes[0].key

    def node(self, key: str) -> Node:
        return next(node for node in self.nodes if node.key == key)

    @property
    def basis(self) -> str:
        """The date that a term belongs to: that of the first date trigger."""
        return next((start.date for start in self.starts if start.on == "date"), "")


def targets(node: Node) -> tuple[str, ...]:
    """Where a branch can go from here; '' and 'end' end it."""
    match node:
        case Condition() | Inclusive():
            return (*(case.next for case in node.cases), node.otherwise)
        case Parallel():
            return node.branches
        case Task() if node.outcomes or node.timeout:
            ways = tuple(outcome.next for outcome in node.outcomes) or (node.next,)
            return (*ways, node.on_timeout) if node.timeout else ways
        case Approval():
            return (node.approved, node.rejected)
        case Wait() if node.limited:
            return (node.next, node.on_limit)
        case Sub() if node.timeout:
            return (node.next, node.on_timeout)
        case Webhook() if node.on_error:
            return (node.next, node.on_error)
        case End():
            return ()
        case Unread():
            return node.ways
        case _:
            return (node.next,)


def waits(node: Node) -> bool:
    """Does a branch stand still here until something outside happens?"""
    return isinstance(node, Task | Approval | Wait | Sub | Webhook)


def mentions(node: Node) -> tuple[str, ...]:
    """Nodes that this one speaks of without leading there."""
    match node:
        case Condition() | Inclusive():
            return tuple(key for case in node.cases for key in (case.left, case.stands) if key)
        case Cancel():
            return node.nodes
        case _:
            return ()
