"""People and departments follow DingTalk, WeCom or Feishu: read, shown line by line, then done as a roster is.

A person over there is ours by the account that is bound; else by a mobile number or mail that one active person alone
has, which is proposed and never done by itself, because whoever has the account acts as the person. The same name, in
characters or in sound, is only told. What follows is the plan of an import of people (`people.plan_roster`), with its
refusals and its undo. Who is gone over there leaves only when somebody says so and nothing is left in their hands.

    read        what they have, kept for the preview       preview   what a sync would do, line by line; writes nothing
    save_units  which department is which                  sync      the chosen lines, in one transaction
    daily       what is sure, once a day                   set_daily
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from psycopg.types.json import Jsonb

from perennial import people, processes
from perennial.channels import Reply
from perennial.connect import theirs
from perennial.connect.house import Candidate, House, account_for, digits, groups
from perennial.connect.theirs import LABELS, Member, Organisation, Unit
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Missing, Reason, Row, Tx, log

COLUMNS = ("account", "name", "department", "mail", "phone", "status")
MOST_LEAVERS = 100
Act = Literal["new", "change", "bind", "leave", "same", "refused", "unplaced"]


@dataclass(slots=True)
class Line:
    """One person. `chosen`: proposed; what is not sure waits for a click. `held`: things still in a leaver's hands."""

    remote: str
    name: str
    act: Act
    chosen: bool
    account: str = ""
    person_id: int | None = None
    unit: str | None = None  # their department, as a path over there
    now: str | None = None  # our department of the person
    match: str = ""  # mobile or mail: why an unbound one is taken for ours
    changes: list[tuple[str, str | None, str | None]] = field(default_factory=list[tuple[str, str | None, str | None]])
    troubles: list[people.RosterTrouble] = field(default_factory=list[people.RosterTrouble])
    candidates: list[Candidate] = field(default_factory=list[Candidate])
    held: int = 0


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A department over there, `people` in it, and what it is here; `choice` is None where nobody has said."""

    remote: str
    path: str
    people: int
    choice: Literal["is", "make", "skip"] | None
    department_id: int | None
    proposed: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`read_at` is None where nothing has been read yet."""

    channel: str
    read_at: Any
    synced_at: Any
    daily: bool
    problem: str | None
    units: Sequence[UnitLine]
    lines: Sequence[Line]

    def count(self, act: Act) -> int:
        return sum(line.act == act for line in self.lines)


def read(database: Database, channel: str, who: Any = SYSTEM) -> Reply | None:
    """What they have now is kept. The refusal, when they would not say; what was read before stays then.

    errors   Missing connect.no_app
    """
    with database.begin(who) as tx:
        app = theirs.app(tx, channel)
    found = theirs.read(app)
    with database.begin(who) as tx:
        if isinstance(found, Reply):
            tx.run(_KEEP_PROBLEM, {"channel": channel, "problem": f"{found.why}: {found.detail}"[:500]})
            return found
        given = {"channel": channel, "units": Jsonb([asdict(one) for one in found.units])}
        tx.run(_KEEP, {**given, "members": Jsonb([asdict(one) for one in found.members])})
    return None


_KEEP_PROBLEM = """
INSERT INTO connect.organisation (channel, problem) VALUES (%(channel)s, %(problem)s)
ON CONFLICT (channel) DO UPDATE SET problem = excluded.problem
"""
_KEEP = """
INSERT INTO connect.organisation (channel, read_at, units, members)
VALUES (%(channel)s, clock_timestamp(), %(units)s, %(members)s)
ON CONFLICT (channel) DO UPDATE SET read_at = excluded.read_at, units = excluded.units, members = excluded.members,
       problem = NULL
"""


def preview(tx: Tx, channel: str) -> Preview:
    """What a sync would do now. Writes nothing."""
    return _planned(tx, channel)[0]


def save_units(tx: Tx, channel: str, choices: Mapping[str, tuple[str, int | None]]) -> None:
    """Which department of ours these of theirs are: ('is', number), ('make', None) or ('skip', None)."""
    kept = tx.one("SELECT units FROM connect.organisation WHERE channel = %(channel)s FOR UPDATE", {"channel": channel})
    known = {one["remote"] for one in kept["units"]} if kept else set[str]()
    ours = {one.id for one in people.departments(tx)}
    for remote, (choice, department) in choices.items():
        if remote not in known:
            raise Invalid("connect.no_unit", path=remote)
        if choice == "is" and department not in ours:
            raise Invalid("people.no_such", path=remote, field="department")
    rows = [
        {"remote": remote, "choice": choice, "department": department if choice == "is" else None}
        for remote, (choice, department) in choices.items()
    ]
    tx.run(_SAVE_UNITS, {"channel": channel, "rows": Jsonb(rows)})


_SAVE_UNITS = """
INSERT INTO connect.unit (channel, remote, choice, department_id)
SELECT %(channel)s, g.remote, g.choice, g.department
  FROM jsonb_to_recordset(%(rows)s) AS g (remote text, choice text, department bigint)
ON CONFLICT (channel, remote) DO UPDATE SET choice = excluded.choice, department_id = excluded.department_id
"""


def set_daily(tx: Tx, channel: str, on: bool) -> None:
    """From the next morning on what is sure is done by itself."""
    tx.run(
        "INSERT INTO connect.organisation (channel, daily) VALUES (%(channel)s, %(on)s)"
        " ON CONFLICT (channel) DO UPDATE SET daily = excluded.daily",
        {"channel": channel, "on": on},
    )


def sync(tx: Tx, channel: str, read_at: Any, remotes: Collection[str]) -> int:
    """The lines of these people are done; the number of the roster, by which it is taken back.

    errors   Conflict connect.read_again: the other side was read once more since the preview · Invalid
             connect.not_chosen: a line that nothing can be done for · Conflict processes.handover_first
    """
    tx.lock(f"connect.organisation.{channel}")
    shown, rows, made = _planned(tx, channel, acting=set(remotes))
    if shown.read_at is None or shown.read_at != read_at:
        raise Conflict("connect.read_again")
    lines = {line.remote: line for line in shown.lines}
    for remote in remotes:
        line = lines.get(remote)
        if line is None or line.act in ("refused", "unplaced"):
            raise Invalid("connect.not_chosen", path=remote, name=line.name if line else remote)
        if line.act == "leave" and line.held:
            raise Conflict("processes.handover_first", path=remote, name=line.name, count=line.held)
    assert made is not None
    leaving = [line.person_id for line in shown.lines if line.act == "leave" and line.remote in remotes]
    number = people.take_in_roster(tx, LABELS[channel], made, [one for one in leaving if one is not None])
    bound = [(row[1][0], remote, row[1][1]) for remote, row in rows.items() if lines[remote].act != "leave"]
    people.bind_set(tx, channel, bound)
    tx.run("UPDATE connect.organisation SET synced_at = %(now)s WHERE channel = %(channel)s", {"channel": channel})
    return number


def daily(database: Database) -> int:
    """Where it is wanted and the morning's has not been: read, and do what is sure (who is bound, who is new and is
    like nobody here). How many lines were done. A failure is kept with the channel and leaves the others alone."""
    with database.begin(SYSTEM) as tx:
        due = [row["channel"] for row in tx.rows(_DUE, {"hour": tx.now.hour})]
    done = 0
    for channel in due:
        with database.begin(SYSTEM) as tx:
            tx.run(
                "UPDATE connect.organisation SET daily_on = %(today)s WHERE channel = %(channel)s", {"channel": channel}
            )
        try:
            if read(database, channel) is None:
                done += database.run(SYSTEM, lambda tx, channel=channel: _sure(tx, channel), Reason("reaction"))
        except Missing:
            log.info("organisation is not set up", channel=channel)
    return done


_DUE = "SELECT channel FROM connect.organisation WHERE daily AND daily_on IS DISTINCT FROM %(today)s AND %(hour)s >= 6"


def _sure(tx: Tx, channel: str) -> int:
    shown = preview(tx, channel)
    remotes = [line.remote for line in shown.lines if line.chosen and not line.match and line.act in ("new", "change")]
    if remotes:
        sync(tx, channel, shown.read_at, remotes)
    return len(remotes)


_Rows = dict[str, tuple[int, list[str]]]  # remote -> number of the line, its cells


def _planned(
    tx: Tx, channel: str, acting: Collection[str] | None = None
) -> tuple[Preview, _Rows, people.RosterPlan | None]:
    """The preview; with `acting` also the plan of these people alone, made to be done in this transaction."""
    kept = tx.one("SELECT * FROM connect.organisation WHERE channel = %(channel)s", {"channel": channel})
    if kept is None or kept["read_at"] is None:
        daily_on, problem = (kept["daily"], kept["problem"]) if kept else (False, None)
        return Preview(channel, None, None, daily_on, problem, [], []), {}, None
    there = Organisation(
        [Unit(**one) for one in kept["units"]],
        [Member(**one) for one in kept["members"]],
    )
    house = House(tx, channel)
    units = _units(tx, channel, there, house)
    lines, rows = _lines(tx, there, house, units)
    made = None
    if acting is not None:
        rows = {remote: row for remote, row in rows.items() if remote in acting}
        made = people.plan_roster(tx, COLUMNS, list(rows.values()), acting=True)
    return (
        Preview(channel, kept["read_at"], kept["synced_at"], kept["daily"], kept["problem"],
                list(units.lines.values()), lines),
        rows, made,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Units:
    lines: Mapping[str, UnitLine]
    target: Callable[[str], str | None]


def _units(tx: Tx, channel: str, there: Organisation, house: House) -> _Units:
    """Their departments with what they are here; one that nobody has spoken of is proposed by its path or name."""
    chosen = {row["remote"]: row for row in tx.rows(_CHOSEN, {"channel": channel})}
    paths = {house.paths[one.id]: one.id for one in house.departments}
    names = groups((one.name, one.id) for one in house.departments)
    many: dict[str, int] = {}
    for one in there.members:
        for unit in one.units:
            many[unit] = many.get(unit, 0) + one.active
    lines: dict[str, UnitLine] = {}
    for unit in there.units:
        said: Row = chosen.get(unit.remote, {})
        same = names.get(unit.path.rsplit("/", 1)[-1], [])
        proposed = paths.get(unit.path) or (same[0] if len(same) == 1 else None)
        lines[unit.remote] = UnitLine(
            unit.remote, unit.path, many.get(unit.remote, 0), said.get("choice"), said.get("department_id"), proposed
        )
    of_path = {unit.path: unit.remote for unit in there.units}

    def target(remote: str) -> str | None:
        line = lines.get(remote)
        if line is None or line.choice == "skip":
            return None
        if line.choice == "make":
            above, _, name = line.path.rpartition("/")
            up = target(of_path[above]) if above in of_path else None
            return f"{up}/{name}" if up else name
        return house.paths.get(line.department_id or line.proposed or 0)

    return _Units(lines, target)


_CHOSEN = "SELECT remote, choice, department_id FROM connect.unit WHERE channel = %(channel)s"


def _lines(tx: Tx, there: Organisation, house: House, units: _Units) -> tuple[list[Line], _Rows]:
    lines: list[Line] = []
    rows: _Rows = {}
    gone: list[int] = []
    met = set[int | None]()
    accounts, here = set(house.accounts), {one.remote for one in there.members if one.active}
    paths = {remote: line.path for remote, line in units.lines.items()}
    for one in there.members:
        if not one.active:
            continue
        person_id, match = house.bound.get(one.remote), ""
        if person_id is None:
            person_id, match = house.matched(one)
            person_id, match = (None, "") if person_id in met else (person_id, match)
            met |= {person_id} - {None}
        target = next((path for unit in one.units if (path := units.target(unit))), None)
        line = Line(one.remote, one.name, "same", True, person_id=person_id, match=match)
        line.unit = paths.get(one.units[0]) if one.units else None
        lines.append(line)
        phone = digits(one.mobile)
        if person_id is None:
            line.candidates = house.alike(one)
            if one.units and target is None:
                line.act, line.chosen = "unplaced", False
                continue
            line.account = account_for(one, accounts)
            accounts.add(line.account)
        else:
            ours = house.by_id[person_id]
            line.account, line.now = ours.account, house.paths.get(ours.department_id or 0)
            if digits(ours.phone) == phone:  # the same number as somebody wrote it here
                phone = ""
        rows[one.remote] = (len(rows) + 1, [line.account, one.name, target or "", one.mail, phone, ""])
    for remote, person_id in house.bound.items():
        person = house.by_id[person_id]
        if remote not in here and person.active:
            gone.append(person_id)
            lines.append(Line(remote, person.name, "leave", False, person.account, person_id))
            lines[-1].now = house.paths.get(person.department_id or 0)
            rows[remote] = (len(rows) + 1, [person.account, "", "", "", "", "left"])
    _judged(tx, lines, rows, gone)
    order: dict[Act, int] = {"refused": 0, "new": 1, "unplaced": 2, "bind": 3, "change": 4, "leave": 5, "same": 6}
    return sorted(lines, key=lambda line: order[line.act]), rows


def _judged(tx: Tx, lines: Sequence[Line], rows: _Rows, gone: Sequence[int]) -> None:
    """What the import of people says to these lines; leavers with what is still theirs, as far as they are few."""
    planned = {line.row: line for line in people.plan_roster(tx, COLUMNS, list(rows.values())).lines}
    held = {person: sum(one.count for one in processes.held(tx, person)) for person in gone[:MOST_LEAVERS]}
    for line in lines:
        row = rows.get(line.remote)
        if row is None:
            continue
        said = planned[row[0]]
        line.changes, line.troubles = said.changes, said.troubles
        line.act = "bind" if said.act == "same" and line.match else said.act
        renamed = said.act == "change" and "name" in {name for name, _, _ in said.changes}  # or not the same person
        line.chosen = said.act in ("new", "change", "same") and not line.candidates and not renamed
        if said.act == "leave":
            line.held = held.get(line.person_id or 0, 1)
