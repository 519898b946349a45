"""A company leaves with everything and arrives elsewhere: equal counts, equal digests, and life goes on."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml
from builders import field, form, install
from builders_records import contract, customer, person
from error_codes import refused
from PIL import Image
from process_world import World, found
from web_client import PASSWORD, logged_in

from perennial import changes, files, forms, jobs, packs, people, records
from perennial.kernel import SYSTEM, Database, Tx, settings
from perennial.packs import parts


@pytest.fixture
def elsewhere(databases: Iterator[Database]) -> Database:
    """Another empty workspace."""
    return next(databases)


def arrive_at(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(folder))
    settings.cache_clear()
    files.forget_store()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(out, "PNG")
    return out.getvalue()


def lived(database: Database) -> World:
    """Colleagues, contracts on their way, tasks, messages, files, a field taken away and a form out of sight."""
    world = found(database)
    with world.act() as tx:
        for n in range(3):
            one = customer(tx, name=f"客户{n}", csm=world.tang)
            contract(tx, customer=one, amount=f"{1000 + n}.5", start_date="2026-01-01", end_date=f"2027-01-{20 + n}")
        gone = customer(tx, name="要删除的")
        records.delete(tx, "customer", gone, 1)
    with database.begin(SYSTEM) as tx:
        papers = form(
            "paper", "name: text", field("proof: certificate"), "old: number", field("kind: multi_select"), title="name"
        )
        install(tx, papers, form("short", "name: text"))
        file = files.add(tx, io.BytesIO(b"%PDF-1.4 proof"), "资质证书.pdf")
        picture = files.add(tx, io.BytesIO(png()), "章.png")
        records.create(tx, "paper", {
            "name": "“引号”,逗号\n换行", "old": "5", "kind": ["x"],
            "proof": {"number": "A", "until": "2027-01-01", "files": [{"file": file.id}, {"file": picture.id}]},
        })  # fmt: skip
        records.create(tx, "short", {"name": "看不见"})
    with database.begin(SYSTEM) as tx:
        install(tx, form("paper", "name: text", field("proof: certificate"), field("kind: multi_select"), title="name"))
        forms.apply(tx, forms.propose(tx, [], hide=["short"]))
    world.settle()
    world.until("2026-11-26")
    changes.seal(database)
    return world


def counted(tx: Tx) -> dict[str, packs.Digest]:
    return packs.hashes(tx)


def test_a_company_arrives_elsewhere_as_it_was_and_lives_on(
    database: Database, elsewhere: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive_at(monkeypatch, tmp_path / "here")
    world = lived(database)
    pack = tmp_path / "company.zip"
    manifest = packs.write(database, pack)
    assert manifest is not None
    with database.begin(SYSTEM) as tx:
        before = counted(tx)
        shown = tx.rows("SELECT * FROM data_read.contract ORDER BY id")
        verdict = changes.verify(tx)
    assert manifest.digests() == before and verdict is None
    # not an empty play: every kind of thing is in it
    for name in ("data/contract", "data/short", "system/changes.change", "system/processes.token", "system/tasks.task",
                 "system/messages.outbox", "system/files.file", "system/people.membership", "system/forms.aside",
                 "system/changes.batch", "system/records.counter"):  # fmt: skip
        assert before[name].rows > 0, name

    arrive_at(monkeypatch, tmp_path / "there")
    packs.take_in(elsewhere, pack)
    with elsewhere.begin(SYSTEM) as tx:
        assert counted(tx) == before
        assert tx.rows("SELECT * FROM data_read.contract ORDER BY id") == shown
        assert changes.verify(tx) is None
        held = [one["file"] for one in tx.value("SELECT proof FROM data_read.paper")["files"]]
        proof, image = (records.file(tx, "paper", 1, "proof", one) for one in held)
        assert b"".join(files.read(proof)) == b"%PDF-1.4 proof"
        assert image.thumb is not None and b"".join(files.read(image, thumb=True))[8:12] == b"WEBP"
    again = tmp_path / "again.zip"
    second = packs.write(elsewhere, again)
    assert second is not None and second.parts == manifest.parts

    there = World(elsewhere, **{k: v for k, v in vars(world).items() if k != "database"})
    before_tasks = tx_count(elsewhere, "tasks.task")
    there.until("2027-01-15")  # what was on its way goes on
    assert tx_count(elsewhere, "tasks.task") > before_tasks
    with elsewhere.begin(SYSTEM) as tx:
        made = contract(tx, customer=1)  # new ids and numbers follow the old ones
        assert made > max(row["id"] for row in shown)
        forms.apply(tx, forms.propose(tx, [form("short", "name: text")]))  # what was out of sight comes back
        assert tx.value("SELECT name FROM data_read.short") == "看不见"
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            tx.run("INSERT INTO people.membership (person_id, role_id) VALUES (999999, 1)")


def tx_count(database: Database, table: str) -> int:
    with database.begin(SYSTEM) as tx:
        return int(tx.value(f"SELECT count(*) FROM {table}"))


def test_a_pack_is_read_without_the_program(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive_at(monkeypatch, tmp_path)
    lived(database)
    packs.write(database, tmp_path / "company.zip")
    with zipfile.ZipFile(tmp_path / "company.zip") as archive:
        names = archive.namelist()
        rows = list(csv.DictReader(io.StringIO(archive.read("data/customer.csv").decode())))
        assert {"客户0", "客户1", "客户2", "要删除的"} <= {row["name"] for row in rows}
        assert [bool(row["deleted_at"]) for row in rows if row["name"] == "要删除的"] == [True]
        known = {one["form"]: one for one in json.loads(archive.read("schema.json"))["forms"]}
        assert {"key": "name", "label": "name", "kind": "text"}.items() <= known["paper"]["fields"][0].items()
        assert yaml.safe_load(archive.read("definitions/forms/paper.yaml"))["form"] == "paper"
        assert b"people.session" in archive.read("README.txt")
        assert "system/people.session.csv" not in names
        assert any(name.startswith("files/") for name in names)


@pytest.fixture
def small(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack of little."""
    arrive_at(monkeypatch, tmp_path)
    with database.begin(SYSTEM) as tx:
        install(tx, form("one", "name: text"))
        records.create(tx, "one", {"name": "甲"})
        file = files.add(tx, io.BytesIO(b"%PDF-1.4 x"), "x.pdf")
        files.keep(tx, [file.id])
        files.add(tx, io.BytesIO(b"%PDF-1.4 on its way"), "y.pdf")
    packs.write(database, tmp_path / "small.zip")
    return tmp_path / "small.zip"


def rewritten(pack: Path, name: str, content: bytes | None) -> Path:
    target = pack.with_name("rewritten.zip")
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(target, "w") as new:
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
            elif content is not None:
                new.writestr(one, content)
    return target


def test_what_is_no_pack_or_was_altered_is_refused_and_nothing_changes(small: Path, elsewhere: Database) -> None:
    (small.parent / "x.zip").write_bytes(b"PK no")
    with refused("packs.not_a_pack", "x.zip 不是 Perennial 退出包，或者文件不完整", path="file"):
        packs.take_in(elsewhere, small.parent / "x.zip")
    with refused("packs.not_a_pack", "rewritten.zip 不是 Perennial 退出包，或者文件不完整", path="file"):
        packs.take_in(elsewhere, rewritten(small, "manifest.json", None))
    altered = "退出包的 {} 与清单不符，文件可能已损坏"
    with refused("packs.damaged", altered.format("data/one"), path="file"):
        packs.take_in(elsewhere, rewritten(small, "data/one.csv", None))
    with zipfile.ZipFile(small) as archive:
        rows = archive.read("data/one.csv").replace("甲".encode(), "乙".encode())
        manifest = json.loads(archive.read("manifest.json"))
        (content,) = [name for name in archive.namelist() if name.startswith("files/")]  # not what is on its way
    with refused("packs.damaged", altered.format("data/one"), path="file"):
        packs.take_in(elsewhere, rewritten(small, "data/one.csv", rows))
    digest = content.removeprefix("files/")
    with refused("files.altered", f"文件内容 {digest} 与它的指纹不符"):
        packs.take_in(elsewhere, rewritten(small, content, b"other"))
    changed = {**manifest, "columns": {"one": [["name", "text"], ["x", "text); DROP TABLE people.person"]]}}
    with refused(
        "forms.no_such_type", "列 one.x 的类型“text); DROP TABLE people.person”不是这里会用的类型", path="one.x"
    ):
        packs.take_in(elsewhere, rewritten(small, "manifest.json", json.dumps(changed).encode()))
    older = {**manifest, "migrations": manifest["migrations"][1:], "perennial": "0.0.9"}
    version = "这个退出包由 Perennial 0.0.9 写出，与这里的版本不同。请先用同一版本导入，再升级"
    with refused("packs.other_version", version, path="file"):
        packs.take_in(elsewhere, rewritten(small, "manifest.json", json.dumps(older).encode()))
    more = {**manifest, "parts": {**manifest["parts"], "data/two": {"rows": 0, "sha256": "0"}}}
    with refused("packs.differs", "导入后 data/two 与退出包不一致，已全部撤回", path="file"):
        packs.take_in(elsewhere, rewritten(small, "manifest.json", json.dumps(more).encode()))

    def fail(tx: Tx) -> None:
        raise RuntimeError("what must come with it")

    with pytest.raises(RuntimeError):
        packs.take_in(elsewhere, small, fail)
    with elsewhere.begin(SYSTEM) as tx:
        assert forms.catalog(tx).forms == ()
        person(tx, "甲")
    with refused("packs.not_empty", "这里已有人员，退出包只能导入空的工作区，什么也没有改变"):
        packs.take_in(elsewhere, small)


def test_a_pack_nobody_wants_any_more_is_not_written(small: Path, database: Database) -> None:
    assert packs.write(database, small.parent / "no.zip", lambda done, total: done < 3) is None
    assert [path.name for path in small.parent.iterdir() if "no.zip" in path.name] == []


def test_who_may_everything_asks_for_the_pack_in_the_page(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive_at(monkeypatch, tmp_path)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
        people.save_role(tx, people.Role("designer", "设计", may=("design",)))
        people.create(tx, "half", "半", password=PASSWORD, roles=("designer",))
        install(tx, form("one", "name: text"))
    with logged_in(database, "half") as client:
        assert client.post("/api/exports/pack").status_code == 403
    with logged_in(database, "boss") as client:
        number = client.post("/api/exports/pack").json()["id"]
        assert jobs.export(database, number)
        told = client.get(f"/api/exports/{number}").json()
        assert (told["format"], told["state"], told["written"] == told["total"] > 40) == ("pack", "done", True)
        reply = client.get(f"/api/exports/{number}/file")
        with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
            assert "data/one.csv" in archive.namelist()
        with database.begin(SYSTEM) as tx:
            people.save_role(tx, people.Role("business_admin", "管理员", may=("design",)))
        assert client.get(f"/api/exports/{number}/file").status_code == 403


def test_no_table_is_left_out_unnamed(tx: Tx) -> None:
    schemas = {
        row["name"]
        for row in tx.rows(
            "SELECT DISTINCT schemaname AS name FROM pg_tables WHERE schemaname NOT IN"
            " ('pg_catalog', 'information_schema', 'procrastinate', 'data')"
        )
    }
    assert schemas == {*parts.SCHEMAS, *parts.LEFT_OUT_SCHEMAS}
