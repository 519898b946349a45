"""What a rule is: frozen data. `load` reads it from YAML, `publish` says what is wrong with it.

Every rule has steps: one without a key when it watches changes or a schedule, one per offset when it watches a date.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from perennial.rules.who import OWNER, Who

Kind: TypeAlias = Literal["changed", "daily", "weekly", "monthly", "offsets"]
Severity: TypeAlias = Literal["info", "warn", "high"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "high")
SCHEDULES = ("daily", "weekly", "monthly")
SAME_TERM_DAYS = 30  # a date that moves by less stays in its term
CUSTOMER_LIMIT_DAYS = 7  # a message to a customer later than this is left out
MOST_ACTIONS = 12  # of one step
LATE_MINUTES = 10  # a firing within this counts as in time


@dataclass(frozen=True, slots=True)
class Action:
    """Something that follows from a firing."""


@dataclass(frozen=True, slots=True)
class Notify(Action):
    """A message is decided; it leaves through the outbox, where the rule's condition and its limit are tested again.
    `channels`: instead of the template's own, in their order."""

    who: Who = OWNER
    template: str = ""
    channels: tuple[str, ...] = ()
    limit_days: int | None = None


@dataclass(frozen=True, slots=True)
class Task(Action):
    """A person has something to do; it closes by itself with the alert."""

    label: str = ""
    label_en: str = ""
    who: Who = OWNER
    due_workdays: int = 3
    priority: Literal["low", "normal", "high"] = "normal"


@dataclass(frozen=True, slots=True)
class Update(Action):
    """The record, or the one that `record` (a relation path) leads to, gets new values."""

    values: tuple[tuple[str, str], ...] = ()
    record: str = ""


@dataclass(frozen=True, slots=True)
class Create(Action):
    """A record of `form` exists that agrees in the fields of `match`: a live one is linked, else it is created."""

    form: str = ""
    values: tuple[tuple[str, str], ...] = ()  # the text `this` is the record itself
    match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begin(Action):
    """A process begins for the record, as if a person had started it."""

    process: str = ""


@dataclass(frozen=True, slots=True)
class Post(Action):
    """A signed JSON of `values` is posted to `url`, up to `tries` times; nobody waits for the answer."""

    url: str = ""
    values: tuple[tuple[str, str], ...] = ()  # the text `this` is the record's number
    tries: int = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One offset with what follows from it, or what follows from the whole rule. `severity` '': that of the rule."""

    key: str = ""
    label: str = ""
    label_en: str = ""
    offset: int = 0
    unit: Literal["days", "workdays"] = "days"
    at: dt.time = dt.time(9)
    condition: str = ""
    severity: Severity | Literal[""] = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """`changed`: created or changed to match. A schedule: at a time of day, on a weekday (1 is Monday), on a day of the
    month (the last one when it has fewer). `offsets`: before and after `date`, not before `not_before`."""

    kind: Kind
    at: dt.time = dt.time(9)
    day: int = 1
    date: str = ""
    not_before: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is watched over all records of one form, and what follows when it holds.

    again     once: never again for the same record; cycle: once for each value of the date `cycle` (without one: each
              period of a schedule, each change); clear: again after it was clear. Offsets fire once per date anyway
    owner     whom the alert is for; ''-field: the owner of the form
    escalate_workdays   an alert nobody acknowledged within so many goes to the head of its owner; 0: never
    gap       the template that tells the owner of a run of readings which a missing one interrupts
    """

    key: str
    label: str
    form: str
    when: When
    steps: tuple[Step, ...]
    condition: str = ""
    label_en: str = ""
    about: str = ""
    again: Literal["once", "cycle", "clear"] = "clear"
    cycle: str = ""
    severity: Severity = "warn"
    owner: Who | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    active: bool = True
    hold_by: tuple[str, ...] = ()
    escalate_workdays: int = 0
    gap: str = ""

    @property
    def scheduled(self) -> bool:
        return self.when.kind in SCHEDULES

    @property
    def dated(self) -> bool:
        return self.when.kind == "offsets"

    def step(self, key: str) -> Step:
        return next(step for step in self.steps if step.key == key)

    def rank(self, step: Step) -> int:
        """How grave it is: 0 info, 1 warn, 2 high."""
        return SEVERITIES.index(step.severity or self.severity)

    def in_force(self, day: dt.date) -> bool:
        return self.active and (self.since or day) <= day <= (self.until or day)
