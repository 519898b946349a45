"""Departments and people as DingTalk, WeCom or Feishu have them, in one shape. Network, hence outside a transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from perennial import messages
from perennial.channels import Reply, dingtalk, feishu, wecom
from perennial.kernel import Missing, Tx, Words

App = dingtalk.App | wecom.App | feishu.App
LABELS = {"dingtalk": Words("钉钉", "DingTalk"), "wecom": Words("企业微信", "WeCom"), "feishu": Words("飞书", "Feishu")}
MOST_UNITS, MOST_PEOPLE = 2_000, 5_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A department over there. `path`: its names from the top, without the organisation itself."""

    remote: str
    path: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person over there; `units`: where they were met, the first one first."""

    remote: str
    union: str
    name: str
    mobile: str
    mail: str
    units: Sequence[str]
    active: bool


@dataclass(frozen=True, slots=True)
class Organisation:
    """All that the application may see."""

    units: Sequence[Unit]
    members: Sequence[Member]


def app(tx: Tx, channel: str) -> App:
    """errors: Missing connect.no_app, where the channel is not set up as an application"""
    found = messages.app_of(tx, channel) if channel in LABELS else None
    if found is None:
        raise Missing("connect.no_app", channel=LABELS.get(channel, channel))
    return found


def read(app: App) -> Organisation | Reply:
    """One request per department and page of people. A refusal anywhere is the answer: half an organisation would make
    leavers of the other half."""
    match app:
        case dingtalk.App():
            return _read("1", dingtalk.departments(app), lambda unit: dingtalk.people(app, int(unit)))
        case wecom.App():
            return _read("1", wecom.departments(app), lambda unit: wecom.people(app, int(unit)))
        case feishu.App():
            return _read("0", feishu.departments(app), lambda unit: feishu.people(app, unit))


def sign_in_url(app: App, back: str, state: str) -> str:
    """Where a person is sent to say who they are."""
    match app:
        case dingtalk.App():
            return dingtalk.sign_in_url(app, back, state)
        case wecom.App():
            return wecom.sign_in_url(app, back, state)
        case feishu.App():
            return feishu.sign_in_url(app, back, state)


def sign_in(app: App, code: str, back: str) -> Member | Reply:
    """Who came back with this code. It works once."""
    match app:
        case dingtalk.App():
            found = dingtalk.sign_in(app, code)
        case wecom.App():
            found = wecom.sign_in(app, code)
            if isinstance(found, str):
                return Member(found, "", "", "", "", (), True)
        case feishu.App():
            found = feishu.sign_in(app, code, back)
    return found if isinstance(found, Reply) else _member(found, ())


_Unit = dingtalk.Department | wecom.Department | feishu.Department
_Person = dingtalk.Person | wecom.Person | feishu.Person


def _read(
    root: str, units: Sequence[_Unit] | Reply, people: Callable[[str], Sequence[_Person] | Reply]
) -> Organisation | Reply:
    if isinstance(units, Reply):
        return units
    if len(units) > MOST_UNITS:
        return _too_many(f"more than {MOST_UNITS} departments")
    known = _paths(root, units)
    met: dict[str, tuple[_Person, list[str]]] = {}
    for unit in dict.fromkeys((root, *known)):
        there = people(unit)
        if isinstance(there, Reply):
            return there
        for one in there:
            if remote := _remote(one):
                met.setdefault(remote, (one, []))[1].append(unit)
        if len(met) > MOST_PEOPLE:
            return _too_many(f"more than {MOST_PEOPLE} people")
    members = [_member(one, (unit for unit in where if unit != root)) for one, where in met.values()]
    return Organisation([Unit(remote, path) for remote, path in known.items()], members)


def _too_many(what: str) -> Reply:
    return Reply("permanent", "refused", what)


def _paths(root: str, units: Sequence[_Unit]) -> dict[str, str]:
    """Department -> path; one whose parent the application may not see stands at the top."""
    names = {str(one.id): (one.name.replace("/", "／").strip(), str(one.parent_id or "")) for one in units}
    paths: dict[str, str] = {}
    for number in names:
        parts: list[str] = []
        at, seen = number, set[str]()
        while at != root and at in names and at not in seen:
            seen.add(at)
            parts.insert(0, names[at][0] or at)
            at = names[at][1]
        if parts:
            paths[number] = "/".join(parts)
    return dict(sorted(paths.items(), key=lambda pair: pair[1]))


def _remote(one: _Person) -> str:
    """The number that messages and logins know."""
    return one.open_id if isinstance(one, feishu.Person) else one.user_id


def _member(one: _Person, units: Iterable[str]) -> Member:
    union = "" if isinstance(one, wecom.Person) else one.union_id
    return Member(_remote(one), union, one.name.strip(), one.mobile, one.email.strip(), tuple(units), one.active)
