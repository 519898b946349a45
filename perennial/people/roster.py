"""People from a file: who is new, who changes, who leaves, line by line.

In:   the lines of a file, cells by the name of their column; a blank cell changes nothing
Out:  a plan: what each line does and why one is refused, departments to be made (the act: `taking_in`)
A person is known by the account. Nobody who is missing from the file leaves by that.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from perennial.kernel import Invalid, Tx
from perennial.people.department import departments
from perennial.people.person import Person, people
from perennial.people.role import roles
from perennial.people.session import standing

Act = Literal["new", "change", "leave", "same", "refused"]
COLUMNS = {
    "account": ("账号", "登录账号", "登录名", "工号", "account", "login"),
    "name": ("姓名", "名字", "name"),
    "department": ("部门", "所属部门", "department"),
    "superior": ("上级", "直属上级", "主管", "superior", "manager"),
    "mail": ("邮箱", "电子邮箱", "邮件", "mail", "email", "e-mail"),
    "phone": ("手机", "手机号", "电话", "phone", "mobile"),
    "roles": ("角色", "roles", "role"),
    "status": ("状态", "在职状态", "status"),
}  # fmt: skip
_HERE, _GONE = ("在职", "正常", "启用", "active"), ("离职", "停用", "已离职", "left", "disabled")
_PLAIN = ("name", "mail", "phone")
LONGEST = 200  # characters, as in the form of a person


@dataclass(slots=True)
class Trouble:
    """What is wrong with a cell, or with the line (no column)."""

    code: str
    column: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Line:
    """One line of the file. `changes`: field, before, after, as names. `twin`: somebody of that name is here."""

    row: int
    account: str
    name: str
    act: Act = "same"
    changes: list[tuple[str, str | None, str | None]] = field(default_factory=list[tuple[str, str | None, str | None]])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    person_id: int | None = None
    twin: bool = False
    values: dict[str, str] = field(default_factory=dict[str, str])
    roles: list[str] | None = None  # keys

    def refuse(self, code: str, column: str, **facts: Any) -> None:
        self.act = "refused"
        self.troubles.append(Trouble(code, column, facts))


@dataclass(frozen=True, slots=True)
class Plan:
    """`absent`: active persons whom the file does not name; nothing happens to them. `units`: departments to be made,
    as paths, those above first."""

    lines: list[Line]
    units: list[str]
    absent: list[str]

    def count(self, act: Act) -> int:
        return sum(line.act == act for line in self.lines)


def plan(
    tx: Tx, columns: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], *, acting: bool = False
) -> Plan:  # fmt: skip
    """What an import would do; writes nothing.

    acting   it will be done in this transaction: nobody else changes people until then
    errors   Invalid people.roster_columns when there is no column of accounts
    """
    at = _columns(columns)
    if acting:
        tx.lock("people.administration")
        tx.run("LOCK TABLE people.person IN SHARE ROW EXCLUSIVE MODE")
    everybody = {one.account: one for one in people(tx, all_=True)}
    units = _Units(tx)
    every = roles(tx)
    known_roles = {word: one.key for one in every for word in (one.key, one.label, one.label_en) if word}
    mine = standing(tx).may
    beyond = {one.key for one in every if not mine.issuperset(one.may)}
    lines: list[Line] = []
    seen: dict[str, int] = {}
    for row, cells in rows:
        given = {key: cells[place].strip() for key, place in at.items() if place < len(cells) and cells[place].strip()}
        line = Line(row, given.get("account", "").lower(), given.get("name", ""), values=given)
        lines.append(line)
        if not line.account:
            line.refuse("people.roster_account", "account")
        elif line.account in seen:
            line.refuse("people.roster_twice", "account", row=seen[line.account], account=line.account)
        else:
            seen[line.account] = row
    house = _House(everybody, [line for line in lines if line.act != "refused"])
    for line in lines:
        if line.act != "refused":
            _judge(tx, line, house, units, known_roles, beyond)
    _settle_superiors(lines, house)
    absent = [one.name for one in everybody.values() if one.active and one.account not in seen]
    done = [line for line in lines if line.act in ("new", "change")]
    paths = {after for line in done for key, _, after in line.changes if key == "department" and after}
    return Plan(lines, units.missing(paths), absent)


def _columns(columns: Sequence[str]) -> dict[str, int]:
    """Field -> place in a row; the file's words for it are known."""
    found: dict[str, int] = {}
    for place, name in enumerate(columns):
        plain = re.sub(r"[\s*（(].*", "", name.strip()).lower()
        key = next((key for key, words in COLUMNS.items() if plain in words), None)
        if key is not None:
            found.setdefault(key, place)
    if "account" not in found:
        raise Invalid("people.roster_columns", path="file", columns="、".join(columns))
    return found


class _House:
    """Who is here, and who comes or goes with the file: by account, by name, by mail, and whose superior is who."""

    def __init__(self, everybody: Mapping[str, Person], lines: Sequence["Line"]) -> None:
        self.everybody = everybody
        leaving = {line.account for line in lines if line.values.get("status", "").lower() in _GONE}
        self.coming = {line.account for line in lines} - leaving
        self.here = {account for account, one in everybody.items() if one.active} - leaving
        accounts = {one.id: one.account for one in everybody.values()}
        self.superior = {one.account: accounts.get(one.superior_id or 0) for one in everybody.values()}
        self.twins = {one.name for one in everybody.values() if one.active}
        self.names: dict[str, list[str]] = {}
        self.mails: dict[str, str] = {}
        renewed = {line.account for line in lines if line.values.get("mail")}
        for account in sorted(self.here):
            self.names.setdefault(everybody[account].name, []).append(account)
            if account not in renewed and (mail := everybody[account].mail):
                self.mails[mail.lower()] = account
        for line in lines:
            name, mail = line.values.get("name"), line.values.get("mail", "").lower()
            if name and line.account in self.coming and line.account not in self.names.get(name, []):
                self.names.setdefault(name, []).append(line.account)
            if mail and line.account in self.coming:
                self.mails.setdefault(mail, line.account)


class _Units:
    """Departments by path and by name."""

    def __init__(self, tx: Tx) -> None:
        known = departments(tx, all_=True)
        by_id = {one.id: one for one in known}
        self.paths: dict[str, int] = {}
        self.names: dict[str, list[str]] = {}
        self.path_of: dict[int, str] = {}
        for one in known:
            parts, up = [one.name], by_id.get(one.parent_id or 0)
            while up is not None:
                parts.insert(0, up.name)
                up = by_id.get(up.parent_id or 0)
            path = "/".join(parts)
            self.paths[path] = one.id
            self.path_of[one.id] = path
            self.names.setdefault(one.name, []).append(path)

    def find(self, line: Line, text: str) -> str | None:
        """The department's path; a name alone is the one department of that name."""
        parts = [part.strip() for part in re.split(r"[/／>\\]", text) if part.strip()]
        path = "/".join(parts)
        if len(parts) == 1 and path not in self.paths:
            same = self.names.get(path, [])
            if len(same) > 1:
                line.refuse("people.roster_department", "department", name=path, paths="、".join(sorted(same)))
                return None
            path = same[0] if same else path
        return path

    def missing(self, paths: Collection[str]) -> list[str]:
        """What has to be made for these, those above first."""
        ways = (path.split("/") for path in sorted(paths))
        every = dict.fromkeys("/".join(way[:end]) for way in ways for end in range(1, len(way) + 1))
        return [path for path in every if path not in self.paths]


def _judge(
    tx: Tx, line: Line, house: _House, units: _Units, known_roles: Mapping[str, str], beyond: Collection[str]
) -> None:
    given, now = line.values, house.everybody.get(line.account)
    line.person_id = now.id if now else None
    status = given.get("status", "").lower()
    if status and status not in (*_HERE, *_GONE):
        line.refuse("people.roster_status", "status", value=given["status"])
        return
    if status in _GONE:
        _leaving(tx, line, now)
        return
    if now is not None and not now.active:
        line.refuse("people.roster_gone", "account", name=now.name)
        return
    if now is None and "name" not in given:
        line.refuse("people.roster_name", "name")
    mail, phone = given.get("mail"), given.get("phone")
    if mail and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", mail):
        line.refuse("people.roster_mail", "mail", value=mail)
    elif mail and (holder := house.mails[mail.lower()]) != line.account:
        line.refuse("people.roster_mail_taken", "mail", value=mail, account=holder)
    if phone and not re.fullmatch(r"[+()\d\s-]{5,25}", phone):
        line.refuse("people.roster_phone", "phone", value=phone)
    for key, value in given.items():
        if len(value) > LONGEST:
            line.refuse("people.roster_long", key, most=LONGEST, length=len(value))
    for key in _PLAIN:
        before = getattr(now, key) if now else None
        if key in given and given[key] != before:
            line.changes.append((key, before, given[key]))
    if "department" in given:
        path = units.find(line, given["department"])
        before = units.path_of.get(now.department_id or 0) if now else None
        if path is not None and path != before:
            line.changes.append(("department", before, path))
    if "superior" in given:
        _superior(line, given["superior"], house)
    if "roles" in given:
        _roles(tx, line, given["roles"], now, known_roles, beyond)
    line.name = given.get("name") or (now.name if now else "")
    line.twin = now is None and line.name in house.twins
    if line.act != "refused":
        line.act = "new" if now is None else "change" if line.changes else "same"


def _leaving(tx: Tx, line: Line, now: Person | None) -> None:
    line.name = line.name or (now.name if now else "")
    if now is None:
        line.refuse("people.roster_nobody", "account", account=line.account)
    elif now.id == tx.actor.id:
        line.refuse("people.disable_self", "status")
    elif now.active:
        line.act = "leave"


def _superior(line: Line, text: str, house: _House) -> None:
    account = text.lower()
    if account not in house.coming | house.here:
        same = house.names.get(text, [])
        if len(same) != 1:
            code = "people.roster_superior_twice" if same else "people.roster_superior"
            line.refuse(code, "superior", name=text)
            return
        account = same[0]
    if account == line.account:
        line.refuse("people.roster_superior_self", "superior")
        return
    if account != house.superior.get(line.account):
        line.changes.append(("superior", house.superior.get(line.account), account))


def _settle_superiors(lines: Sequence[Line], house: _House) -> None:
    """Nobody is above themselves, and nobody's superior is a newcomer whose own line is refused."""
    wanted: dict[str, Line] = {}
    above = dict(house.superior)
    for line in lines:
        to = next((after for key, _, after in line.changes if key == "superior"), None)
        if line.act != "refused" and to is not None:
            wanted[line.account], above[line.account] = line, to
    for account, line in wanted.items():
        seen, at = {account}, above.get(account)
        while at is not None and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at == account:
            line.refuse("people.roster_superior_cycle", "superior", name=line.values["superior"])
    left = True
    while left:  # who comes by a line that is refused does not come, nor whoever reports to them
        gone = {line.account for line in lines if line.act == "refused"} - house.here
        left = [line for line in wanted.values() if line.act != "refused" and above[line.account] in gone]
        for line in left:
            line.refuse("people.roster_superior", "superior", name=line.values["superior"])


def _roles(
    tx: Tx, line: Line, text: str, now: Person | None, known: Mapping[str, str], beyond: Collection[str]
) -> None:
    words = [word.strip() for word in re.split(r"[、,，;；]", text) if word.strip()]
    wrong = [word for word in words if word not in known]
    if wrong:
        line.refuse("people.unknown_role", "roles", role=wrong[0])
        return
    keys = sorted({known[word] for word in words})
    before = sorted(now.roles) if now else []
    if keys == before:
        return
    if now is not None and now.id == tx.actor.id:
        line.refuse("people.roster_own_roles", "roles")
        return
    if given := [key for key in keys if key in beyond and key not in before]:
        line.refuse("people.roster_beyond", "roles", role=next(word for word in words if known[word] == given[0]))
        return
    line.roles = keys
    line.changes.append(("roles", "、".join(before) or None, "、".join(keys)))
