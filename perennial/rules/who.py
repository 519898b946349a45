"""Who is meant: how a definition names a colleague, and the SQL that finds them."""

from dataclasses import dataclass
from typing import Literal

from perennial.kernel import Invalid
from perennial.rules.reader import Reader
from perennial.rules.selects import Wanted

MOST_LEVELS = 10  # of superiors
WHO = ("field", "head_of", "superiors", "role", "person", "audience")


@dataclass(frozen=True, slots=True)
class Who:
    """A colleague: the person in a field (`owner`, `customer.sales`), the head of that person's department, their
    superior `levels` above (of an approval: each one up to there), the holders of a role, or one named by account.
    `customer`: the contacts of an audience, outside the company."""

    kind: Literal["field", "head_of", "superiors", "role", "person", "audience"]
    name: str
    levels: int = 0


OWNER = Who("field", "owner")


def whom(read: Reader) -> Who:
    kind = next((kind for kind in WHO if kind in read.tree), None)
    if kind is None:
        raise Invalid(read.codes["attribute"], path=read.path, attribute="who")
    if kind == "superiors":
        who = Who(kind, levels=read.number(kind), name=read.text("of", None))
        if not 1 <= who.levels <= MOST_LEVELS:
            raise read.wrong(kind)
    else:
        who = Who(kind, read.text(kind, None))  # type: ignore[arg-type]
    read.done()
    return who


def who_columns(who: Who, name: str = "named") -> dict[str, Wanted]:
    return {name: Wanted(who.name)} if who.kind in ("field", "head_of", "superiors") else {}


def named(who: Who, column: str = "a.named") -> str:
    """SQL: the person that a definition names; `column`: who stands in its field."""
    match who.kind:
        case "field":
            return column
        case "head_of":
            return f"tasks.head_of({column})"
        case "superiors":
            return f"processes.superior({column}, {who.levels})"
        case "person":
            account = who.name.replace("'", "''").replace("%", "%%")
            return f"(SELECT id FROM people.person WHERE account = '{account}')"
        case _:
            return "NULL::bigint"


def role_of(who: Who) -> str:
    """SQL: the role whose holders are meant, or NULL."""
    return "'" + who.name.replace("'", "''").replace("%", "%%") + "'" if who.kind == "role" else "NULL::text"
