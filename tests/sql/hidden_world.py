"""A salesperson's company: hidden rows, and hidden fields in rows of their own, hold a word and a figure that stand
nowhere else; the administrator has talk, files, imports, exports, a hold and a view on the way.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import process_world
from web_client import PASSWORD, TestClient, logged_in

from perennial import access, people, processes, records, reports, rules
from perennial.kernel import SYSTEM, Database

HEAD, TAIL, FIGURE = "金丝雀", "qx7kwz", "77345128"  # a search may name the head; the tail is told by nobody
WORD = HEAD + TAIL
ROLE: dict[str, Any] = {
    "role": "rep", "label": "业务员", "may": ["import", "release"], "menu": ["messages", "simulation"],
    "forms": {
        "customer": {"rows": "csm = ME()", "rights": ["read", "create", "update", "delete"],
                     "fields": {"*": "write", "note": "hidden", "address": "hidden", "phone": "masked",
                                "seats": "hidden", "paid_total": "hidden"}},
        "contract": {"rows": "customer.csm = ME()", "rights": ["read", "create", "update", "delete"],
                     "fields": {"*": "write", "note": "hidden", "notice_days": "hidden", "papers": "hidden",
                                "paid_amount": "hidden"}},
        "contact": {"rows": "customer.csm = ME()", "rights": ["read", "update"],
                    "fields": {"*": "read", "mail": "hidden", "position": "hidden"}},
    },
}  # fmt: skip

SIGNED: dict[str, Any] = {
    "process": "signed", "label": "客户建档审批", "form": "customer", "start": [{"key": "hand", "kind": "hand"}],
    "nodes": [{"key": "sign", "kind": "approval", "who": [{"field": "csm"}], "title": "name"}],
}  # fmt: skip


@dataclass
class World:
    """What stands: `mine`, with hidden fields, and everything else, which is not the salesperson's."""

    database: Database
    ids: dict[str, Any] = field(default_factory=dict[str, Any])

    def __getattr__(self, name: str) -> Any:
        return self.ids[name]


def stand(database: Database) -> World:
    """Everything above, in a fresh database."""
    office = process_world.found(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(ROLE)])
        for tree in process_world.trees("dashboards"):
            reports.publish(tx, reports.Dashboard.load(tree))
        rep = people.create(tx, "rep", "业务员甲", password=PASSWORD, roles=["rep"])
        people.set_password(tx, office.zhou, PASSWORD)
    ids: dict[str, Any] = {"rep": rep, "zhou": office.zhou, "tang": office.tang}
    with office.act() as tx:
        for name, csm in (("mine", rep), ("theirs", office.tang), ("gone", office.tang), ("twin", office.tang)):
            hidden = {"note": WORD, "address": WORD, "seats": FIGURE, "phone": f"1{FIGURE}01", "csm": csm}
            title = "明面客户" if name == "mine" else WORD
            ids[name] = records.create(tx, "customer", {"name": title, **hidden})
            if name == "gone":
                records.delete(tx, "customer", ids[name], 1)
                continue
            given = {"customer": ids[name], "name": title, "mail": f"{TAIL}@example.com", "position": WORD}
            ids[f"{name}_contact"] = records.create(tx, "contact", {**given, "role": "renewal"})
    for name in ("mine", "theirs"):
        amount = {"amount": "100"} if name == "mine" else {"amount": FIGURE, "renewed_amount": FIGURE}
        told: dict[str, Any] = {**amount, "owner": ids["rep" if name == "mine" else "tang"]}
        ids[f"{name}_contract"] = office.contract(
            "2027-01-22", customer=ids[name], note=WORD, notice_days=FIGURE, **told
        )
    with office.act() as tx:
        ids["payment"] = records.create(
            tx, "payment", {"contract": ids["mine_contract"], "amount": FIGURE, "note": WORD}
        )
    office.until("2026-11-28")
    with database.begin(SYSTEM) as tx:
        processes.publish(tx, SIGNED)
        processes.start(tx, "signed", [ids["mine"], ids["theirs"]])
        for name, record in (("vote", "theirs"), ("my_vote", "mine")):
            of = "SELECT v.id FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
            ids[name] = tx.value(f"{of} WHERE a.record_id = %(record)s", {"record": ids[record]})
    ids["task"] = office.task("follow_up", ids["theirs_contract"])["id"]
    with logged_in(database, "zhou") as boss:
        ids |= _made_by(boss, ids)
    with database.begin(SYSTEM) as tx:
        for name, contract in (("message", "theirs_contract"), ("my_message", "mine_contract")):
            sql = "SELECT id FROM messages.outbox WHERE record_id = %(id)s ORDER BY id LIMIT 1"
            ids[name] = tx.value(sql, {"id": ids[contract]})
    ids |= _alerts(database, ids)
    return World(database, ids)


WATCHED: dict[str, Any] = {
    "rule": "watched", "label": "备注", "form": "contract", "when": {"kind": "daily"},
    "condition": f'CONTAINS(note, "{WORD}")', "owner": {"person": "rep"},
}  # fmt: skip


def _alerts(database: Database, ids: Mapping[str, Any]) -> dict[str, Any]:
    """Of a rule whose condition reads what is hidden: one on a row of the salesperson's own, one on a hidden row."""
    with database.begin(SYSTEM) as tx:
        rules.publish(tx, rules.load(WATCHED))
        return {
            name: tx.value(
                "WITH f AS (INSERT INTO rules.firing (rule_id, version_id, record_id, occasion, outcome, severity,"
                " due_at, at, facts) SELECT id, version_id, %(id)s, 'once', 'fired', 1, %(now)s, %(now)s,"
                " jsonb_build_object('note', %(word)s::text) FROM rules.rule WHERE key = 'watched' RETURNING *)"
                " INSERT INTO rules.alert (rule_id, record_id, firing_id, severity, owner_id, opened_at)"
                " SELECT rule_id, record_id, id, 1, %(rep)s, %(now)s FROM f RETURNING id",
                {"id": ids[contract], "word": WORD, "rep": ids["rep"]},
            )
            for name, contract in (("their_alert", "theirs_contract"), ("my_alert", "mine_contract"))
        }


def _made_by(boss: TestClient, ids: Mapping[str, Any]) -> dict[str, Any]:
    """What the administrator has on the way: talk, a hold, files, imports, exports, views, drafts."""
    customer = f"/api/forms/customer/{ids['theirs']}"
    made: dict[str, Any] = {}

    def sent(reply: Any) -> Any:
        assert reply.is_success, reply.text
        return reply.json()

    sent(boss.patch(customer, json={"version": 1, "values": {"website": f"https://{TAIL}.example.com"}}))
    made["change"] = sent(boss.get(f"{customer}/changes"))["changes"][0]["transaction"]
    made["comment"] = sent(boss.post(f"{customer}/comments", json={"text": WORD}))["id"]
    hold = {"form": "customer", "record_id": ids["theirs"], "until": "2027-01-01", "reason": WORD}
    made["hold"] = sent(boss.post("/api/holds", json=hold))["id"]
    view = {"label": WORD, "tree": {"filter": f'name = "{WORD}"'}}
    made["view"] = sent(boss.post("/api/views/customer", json=view))["id"]
    ledger = f"客户名称,备注\n{WORD},{WORD}\n".encode()
    made["import"] = sent(
        boss.post("/api/imports", files={"file": (f"{TAIL}.csv", ledger)}, data={"form": "customer"})
    )["id"]
    made["export"] = sent(boss.post("/api/forms/customer/export", json={"format": "csv"}))["id"]
    made["file"] = sent(boss.post("/api/files", files={"file": (f"{TAIL}.pdf", b"%PDF-1.7 " + TAIL.encode())}))
    contract = f"/api/forms/contract/{ids['mine_contract']}"
    papers = {"version": sent(boss.get(contract))["version"], "values": {"papers": [made["file"]]}}
    sent(boss.patch(contract, json=papers))
    made["kept"], made["file"] = (
        made["file"]["file"],
        sent(boss.post("/api/files", files={"file": (f"{TAIL}2.pdf", b"%PDF-1.7 2" + TAIL.encode())}))["file"],
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{WORD}_营业执照.pdf", b"%PDF-1.4 " + TAIL.encode())
    made["bundle"] = sent(boss.post(
        "/api/bundles", files={"file": ("证书.zip", packed.getvalue())}, data={"form": "customer", "field": "license"}
    ))["id"]  # fmt: skip
    return made
