"""What must be filled in before a task or an approval is done: of the records where a condition holds; and 用印, the
sealed file, whose content is kept."""

import io
import pathlib
from collections.abc import Generator
from contextlib import ExitStack

import pytest
from approval_world import Deals, Tree, approval, founded, task
from error_codes import refused
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import access, files, people, processes
from perennial.kernel import Database, Tx

pytestmark = pytest.mark.usefixtures("home")
PDF = b"%PDF-1.7 sealed"
MATERIALS = [{"field": "papers", "when": "flag"}, {"field": "license", "when": "amount > 100000"}, "flag"]


@pytest.fixture
@built_once
def deals(database: Database) -> Deals:
    made = founded(database)
    with made.system() as tx:
        for name in ("liang", "fa", "cai"):
            people.set_password(tx, made.who[name], PASSWORD)
    return made


@pytest.fixture
def clients(deals: Deals) -> Generator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def uploaded(tx: Tx, content: bytes = PDF, name: str = "合同.pdf") -> int:
    return files.add(tx, io.BytesIO(content), name).id


def seal(then: str = "end", **more: object) -> Tree:
    return task("seal", then, label="用印", who={"person": "fa"}, seal="papers", **more)


def sealed(deals: Deals, at: int, *contents: bytes) -> list[int]:
    """法务 has finished the task with these files."""
    with deals.as_("fa") as tx:
        given = [uploaded(tx, content) for content in contents]
    deals.finish(at, "seal", "fa", papers=[{"file": one} for one in given])
    return given


# -- required under a condition


def test_materials_are_required_of_the_records_where_their_condition_holds(deals: Deals) -> None:
    at = deals.begun(task("submit", "on", fill=MATERIALS), task("on"), flag=True)
    with refused("tasks.required", "请填写papers、license", path="values.papers"):
        deals.finish(at, "submit")
    with deals.as_("liang") as tx:
        given = {"papers": [{"file": uploaded(tx)}], "license": {"number": "L-1", "until": "2027-05-01"}}
    with refused("tasks.required", "请填写license", path="values.license"):
        deals.finish(at, "submit", papers=given["papers"])
    deals.finish(at, "submit", **given)
    assert deals.stands(at) == ["on"]


def test_a_condition_is_asked_of_the_record_as_the_person_has_just_written_it(deals: Deals) -> None:
    at = deals.begun(task("submit", "on", fill=MATERIALS), task("on"), flag=True, amount="100000")
    other = deals.deal("HT-2", amount="100000")
    deals.start(other)
    deals.finish(at, "submit", flag=False)
    assert deals.stands(at) == ["on"]
    with refused("tasks.required", "请填写papers", path="values.papers"):
        deals.finish(other, "submit", flag=True)
    assert deals.rows("SELECT flag, version FROM data_read.deal WHERE id = %(id)s", id=other) == [
        {"flag": None, "version": 1}
    ]


def test_an_outcome_asks_for_its_own(deals: Deals) -> None:
    ways = [
        {"key": "go", "label": "go", "fill": [{"field": "terms", "when": "amount > 1"}], "next": "on"},
        {"key": "stop", "label": "stop", "next": "end"},
    ]
    at, other = deals.begun(task("submit", outcomes=ways), task("on")), deals.deal("HT-2")
    deals.start(other)
    with refused("tasks.required", "请填写terms", path="values.terms"):
        deals.finish(at, "submit", outcome="go")
    deals.finish(at, "submit", outcome="go", terms="30 日内")
    deals.finish(other, "submit", outcome="stop")
    assert (deals.stands(at), deals.stands(other)) == (["on"], [])


def test_a_signer_must_fill_in_what_is_required_of_this_record_to_approve_it(deals: Deals, clients: ExitStack) -> None:
    rights = [{"field": "terms", "right": "required", "when": "amount > 100000"}]
    dear = deals.begun(approval("cai", fields=rights, approved="on"), task("on"))
    cheap = deals.deal("HT-2", amount="9")
    deals.start(cheap)
    cai = clients.enter_context(logged_in(deals.database, "cai"))
    shown = {at: cai.get(f"/api/approvals/{deals.vote('cai', at)}").json()["fields"] for at in (dear, cheap)}
    assert [{one["field"]: one["right"] for one in shown[at]}["terms"] for at in (dear, cheap)] == ["required", "write"]
    with refused("tasks.required", "请填写terms", path="values.terms"):
        deals.decide("cai", at=dear)
    deals.decide("cai", at=cheap)
    deals.decide("cai", at=dear, values={"terms": "30 日内"})
    assert (deals.stands(dear), deals.stands(cheap)) == (["on"], ["on"])


def test_who_has_the_task_is_told_what_is_required_of_its_record_and_others_are_not(
    deals: Deals, clients: ExitStack
) -> None:
    deals.publish(task("submit", "on", fill=["terms!", *MATERIALS]), task("on"))
    records = [deals.deal("a", flag=True, amount="1"), deals.deal("b")]
    deals.start(*records)
    liang, cai = (clients.enter_context(logged_in(deals.database, name)) for name in ("liang", "cai"))
    fill = {one["record_id"]: one["fill"] for one in liang.get("/api/tasks").json()}

    def marked(fill: list[Tree]) -> list[str]:
        return [one["field"] for one in fill if one["required"]]

    assert [marked(fill[at]) for at in records] == [["terms", "papers"], ["terms", "license"]]
    others = cai.get("/api/tasks", params={"form": "deal", "record_id": records[0]}).json()
    assert [(marked(one["fill"]), {key for item in one["fill"] for key in item}) for one in others] == [
        (["terms"], {"field", "required"})
    ]


def test_a_condition_or_field_that_is_not_there_is_said_at_its_place(deals: Deals) -> None:
    tree = {
        "process": "p", "label": "P", "form": "deal", "start": [{"key": "now", "kind": "hand"}],
        "nodes": [
            task("t", "sign", fill=["terms", {"field": "papers", "when": "tier = 1"}], seal="terms"),
            approval("fa", fields=[{"field": "gone", "right": "required", "when": "amount"}]),
        ],
    }  # fmt: skip
    with deals.system() as tx:
        found = {one.problem.path: one.problem.code for one in processes.problems(tx, tree) if one.severity == "error"}
        assert found == {
            "nodes[0].fill[1].when": "formula.unknown_name",
            "nodes[0].seal": "processes.seal_not_files",
            "nodes[1].fields[0]": "processes.no_such_field",
            "nodes[1].fields[0].when": "formula.wrong_result",
        }
        tree["nodes"] = [seal(fill=[{"field": "license", "when": "[legal] = 1 OR flag"}])]
        named = {one.path: (one.text, one.what) for one in processes.references(processes.load(tree))}
        assert named["nodes[0].seal"] == ("papers", "field")
        assert named["nodes[0].fill[0].when"] == ("[legal] = 1 OR flag", "formula")
        assert processes.dump(processes.load(tree))["nodes"][0]["seal"] == "papers"


# -- the seal


def test_a_seal_task_ends_with_a_file_that_was_uploaded_for_it(deals: Deals) -> None:
    at = deals.begun(task("submit", "seal", fill=["papers"]), seal("on"), task("on"))
    with deals.as_("liang") as tx:
        draft = uploaded(tx, name="草稿.pdf")
    deals.finish(at, "submit", papers=[{"file": draft}])
    with refused("processes.seal_missing", "请为「papers」上传盖章后的文件", path="values.papers"):
        deals.finish(at, "seal", "fa")
    with refused("processes.seal_missing", "请为「papers」上传盖章后的文件", path="values.papers"):
        deals.finish(at, "seal", "fa", papers=[{"file": draft}])  # it stood there before
    with deals.as_("fa") as tx:
        again = uploaded(tx)  # the same content, chosen for this
    deals.finish(at, "seal", "fa", papers=[{"file": draft}, {"file": again}])
    assert deals.stands(at) == ["on"]
    rows = deals.rows("SELECT record_id, field, file_id, sha256, person_id FROM processes.sealed")
    digest = deals.rows("SELECT encode(sha256(%(content)s::bytea), 'hex') AS sha256", content=PDF)[0]["sha256"]
    assert rows == [
        {"record_id": at, "field": "papers", "file_id": again, "sha256": digest, "person_id": deals.who["fa"]}
    ]


def test_what_was_sealed_stands_in_the_trail_the_stream_and_its_own_list(deals: Deals, clients: ExitStack) -> None:
    at = deals.begun(seal("sign"), approval("cai"))
    [file] = sealed(deals, at, PDF)
    cai = clients.enter_context(logged_in(deals.database, "cai"))
    [found] = cai.get(f"/api/forms/deal/{at}/sealed").json()
    assert (found["file"], found["name"], found["by"], found["node"], found["still"]) == (
        file, "合同.pdf", "沈若溪", "seal", "same",
    )  # fmt: skip
    step = cai.get(f"/api/approvals/{deals.vote('cai')}").json()["trail"][0]
    entries = cai.get(f"/api/forms/deal/{at}/stream", params={"kinds": ":task"}).json()["entries"]
    [told] = [one["told"] for one in entries if one["told"]["label"] == "用印"]
    for seals in (step["sealed"], told["sealed"]):
        assert [(one["file"], one["sha256"], one["by"]) for one in seals] == [(file, found["sha256"], "沈若溪")]


def test_a_sealed_file_that_is_changed_or_gone_in_the_store_is_told(deals: Deals, home: pathlib.Path) -> None:
    at = deals.begun(seal("on"), task("on"))
    sealed(deals, at, PDF, b"%PDF-1.7 other")
    places = [row["place"] for row in deals.rows("SELECT place FROM files.file ORDER BY id")]
    kept = [path for place in places for path in home.rglob(place.rpartition("/")[2])]
    kept[0].chmod(0o600)
    kept[0].write_bytes(b"%PDF-1.7 forged")
    kept[1].unlink()
    with deals.as_("cai") as tx:
        assert [one["still"] for one in processes.sealed(tx, "deal", at)] == ["gone", "changed"]


def test_what_was_sealed_is_told_to_who_may_read_the_field(deals: Deals, clients: ExitStack) -> None:
    at = deals.begun(seal("sign"), approval("liang"))
    sealed(deals, at, PDF)
    blind = {"deal": {"rows": "all", "rights": ["read", "update"], "fields": {"*": "write", "papers": "hidden"}}}
    with deals.system() as tx:
        access.publish(tx, [access.load({"role": "seller", "label": "销售", "forms": blind})])
    liang, cai = (clients.enter_context(logged_in(deals.database, name)) for name in ("liang", "cai"))

    def told(client: TestClient) -> int:
        return len(client.get(f"/api/forms/deal/{at}/sealed").json())

    assert (told(liang), told(cai)) == (0, 1)
    assert liang.get(f"/api/approvals/{deals.vote('liang')}").json()["trail"][0]["sealed"] == []
    assert liang.get("/api/forms/deal/999/sealed").status_code == 404
