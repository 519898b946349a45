"""Whatever the grants: hidden and masked certificates, files, lists and rows of sub-tables are told on no way."""

import io
import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial import access, files, kernel, people, records
from perennial.access import Grant, Role
from perennial.kernel import SYSTEM, Actor, Database, Denied, Invalid, Missing, Tx
from perennial.people import Role as Head
from tests.builders import field, form, install
from tests.builders_laws import drawn

pytestmark = pytest.mark.usefixtures("home")
EXAMPLES = int(os.environ.get("PERENNIAL_SOAK") or 0) or 25
met: Counter[str] = Counter()

TAG = form("tag", "name: text", "owner: person", title="name", owner="owner")
MATTER = form(
    "matter",
    "name: text",
    "owner: person",
    field("tags: relations", to="tag", reverse="matters"),
    "papers: attachment",
    "license: certificate",
    title="name",
    owner="owner",
)
ROW = form(
    "line",
    field("of: relation", to="matter", reverse="lines", required=True),
    "what: text",
    within="matter",
    title="what",
)
SECRETS = {"license": "SECRET-NUMBER", "papers": "secret", "tags": "geheim", "lines": "zeile"}  # and a number
LEVEL = st.sampled_from(["hidden", "masked", "read", "write"])
WORLD = st.fixed_dictionaries(
    {
        "rows": st.sampled_from(["all", "own", 'name <> "x"']),
        "tag_rows": st.sampled_from([None, "all", "own"]),
        "star": LEVEL,
        "license": LEVEL,
        "papers": LEVEL,
        "tags": LEVEL,
        "update": st.booleans(),
        "owner": st.booleans(),
        "tag_owner": st.booleans(),
        "line": st.sampled_from([None, "all", "own"]),
        "name": st.sampled_from(["x", "y"]),
    }
)


def expected(world: dict[str, Any]) -> dict[str, bool]:
    """What the reader may know, by a short filter."""
    seen = {"all": True, "own": world["owner"], 'name <> "x"': world["name"] != "x"}[world["rows"]]
    tag = {None: False, "all": True, "own": world["tag_owner"]}[world["tag_rows"]]
    level = {key: world[key] in ("read", "write") for key in ("license", "papers", "tags")}
    # a role that does not name the rows gives them with their matter, else what it says of them
    by_star = world["star"] in ("read", "write")
    lines = seen and by_star if world["line"] is None else world["line"] == "all"
    return {
        "matter": seen,
        "license": seen and level["license"],
        "papers": seen and level["papers"],
        "tags": seen and level["tags"] and tag,
        "listed": seen and level["tags"],
        "lines": lines,
        "tag": tag,
    }


def check(database: Database, world: dict[str, Any]) -> None:
    with database.begin(SYSTEM) as tx:
        count = tx.value("SELECT count(*) FROM people.person")
        rights = ("read", "create", "update") if world["update"] else ("read",)
        grants = [
            Grant(
                "matter",
                world["rows"],
                rights,
                {
                    "*": world["star"],
                    "name": "read",
                    "license": world["license"],
                    "papers": world["papers"],
                    "tags": world["tags"],
                },
            ),
            *([Grant("tag", world["tag_rows"], ("read",), {"*": "read"})] if world["tag_rows"] else []),
            *([Grant("line", world["line"], ("read",), {"*": "read"})] if world["line"] else []),
        ]
        access.publish(tx, [Role(Head(f"r{count}", f"r{count}"), tuple(grants))])
        me = people.create(tx, f"p{count}", f"p{count}", roles=(f"r{count}",))
        paper, scan = (
            files.add(tx, io.BytesIO(f"%PDF-{count}".encode()), name)
            for name in (f"secret{count}.pdf", f"scan{count}.pdf")
        )
        tag = records.create(tx, "tag", {"name": f"geheim{count}", "owner": me if world["tag_owner"] else None})
        matter = records.create(
            tx,
            "matter",
            {
                "name": world["name"],
                "owner": me if world["owner"] else None,
                "tags": [tag],
                "papers": [paper.id],
                "license": {"number": f"SECRET-NUMBER{count}", "until": "2031-07-09", "files": [scan.id]},
            },
            {"lines": {"create": [{"what": f"zeile{count}"}]}},
        )
        records.update(
            tx,
            "matter",
            matter,
            1,
            {"license": {"number": f"SECRET-NUMBER{count}", "until": "2032-07-09", "files": [scan.id]}},
        )
        line = tx.value(
            "SELECT max(record_id) FROM changes.change WHERE form_id = %(form)s",
            {"form": access.everything(tx, "line").catalog.id("line")},
        )
    may = expected(world)
    with database.begin(Actor("person", me, "p")) as tx:
        ways = told(tx, matter, tag, line, paper.id, scan.id, count)
    for key, word in SECRETS.items():
        allowed = may[key] or (key == "tags" and may["tag"])
        leaking = [way for way, text in ways.items() if f"{word}{count}" in text]
        assert allowed or not leaking, (key, leaking, world)
        met[f"{key} {'told' if may[key] else 'kept'}"] += 1
    assert (f"SECRET-NUMBER{count}" in ways["read"]) is may["license"]
    assert (f"secret{count}.pdf" in ways["read"]) is may["papers"]
    assert (f"scan{count}.pdf" in ways["read"]) is may["license"]
    assert (f"geheim{count}" in ways["read"]) is may["tags"]
    assert ("denied" in ways["read"]) is (may["listed"] and not may["tags"])
    assert (ways["count license"] == "1") is may["license"]
    assert (ways["count tags"] == "1") is (may["tags"])
    assert (ways["file papers"] == f"secret{count}.pdf") is may["papers"]
    assert (ways["file license"] == f"scan{count}.pdf") is may["license"]
    assert (f"zeile{count}" in ways["lines"]) is (may["lines"] and may["matter"])
    assert (f"zeile{count}" in ways["line"]) is may["lines"]


def told(tx: Tx, matter: int, tag: int, line: int, paper: int, scan: int, count: int) -> dict[str, str]:
    """Every way out, as text."""
    query = records.Query
    acts: dict[str, Any] = {
        "read": lambda: records.read(tx, "matter", matter).decode(),
        "page": lambda: records.page(tx, "matter", query()).decode(),
        "parts": lambda: records.page(tx, "matter", query(columns=("license.number", "license.until"))).decode(),
        "sorted": lambda: records.page(tx, "matter", query(sort=(("license.until", False),))).decode(),
        "search": lambda: records.page(tx, "matter", query(search=f"geheim{count}", columns=("id",))).decode(),
        "history": lambda: [one.fields for one in records.history(tx, "matter", matter) if one.row is None],
        "history of rows": lambda: [one.fields for one in records.history(tx, "matter", matter) if one.row],
        "lines": lambda: records.related(tx, "matter", matter, "lines", query()).decode(),
        "line": lambda: records.read(tx, "line", line).decode(),
        "of the tag": lambda: records.related(tx, "tag", tag, "matters", query(columns=("tags", "papers"))).decode(),
        "conflict": lambda: records.update(tx, "matter", matter, 1, {"license": {"number": "x"}}),
        "preview": lambda: records.preview(tx, "matter", {"name": "q"}, id=matter),
        "file papers": lambda: records.file(tx, "matter", matter, "papers", paper).name,
        "file license": lambda: records.file(tx, "matter", matter, "license", scan).name,
        "upload": lambda: records.upload(tx, paper),
    }
    for name, text in {
        "license": "license.until = DATE(2032, 7, 9)",
        "tags": f"CONTAINS(tags, {tag})",
        "papers": "papers >= 1",
        "lines": f'COUNTIF(lines, what = "zeile{count}") > 0',
    }.items():
        acts[f"count {name}"] = lambda text=text: counted(tx, matter, text)
    found: dict[str, str] = {}
    for way, act in acts.items():
        with tx.savepoint():
            found[way] = str(told_by(act))
    return found


def told_by(act: Any) -> Any:
    try:
        return act()
    except (Missing, Denied, Invalid, kernel.Conflict) as error:
        return json.dumps([error.code, error.path, error.facts], default=str, ensure_ascii=False)


def counted(tx: Tx, matter: int, text: str) -> int:
    """Whether this matter is among those that the filter keeps."""
    found = json.loads(records.page(tx, "matter", records.Query(filter=text, columns=("id",), limit=500)))["rows"]
    return sum(row["id"] == matter for row in found)


@pytest.fixture
def installed(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        install(tx, TAG, MATTER, ROW)
    return database


def test_new_kinds_obey_the_access_law(installed: Database) -> None:
    @drawn(EXAMPLES, 25)
    @given(world=WORLD)
    def law(world: dict[str, Any]) -> None:
        check(installed, world)

    law()
    print(dict(met))
    assert min(met[f"{key} {how}"] for key in SECRETS for how in ("told", "kept")) >= 2
