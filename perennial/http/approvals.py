"""Approvals: what waits for me, the page of one, and what people do with it."""

from typing import Any

import sqlalchemy as sa
from fastapi import Request, Response

from perennial import access, messages, processes
from perennial.http import approval_shapes as shapes
from perennial.http.edge import InTx, Router
from perennial.http.files import Download, Thumb, served
from perennial.http.seals import seals_out
from perennial.kernel import Row, Tx, text

router = Router(prefix="/approvals", tags=["approvals"])
door = processes.approving


def _titles(tx: Tx, rows: list[Row]) -> dict[tuple[str, int], tuple[str, int]]:
    """(form, record) -> title and version, of those that the actor may read; one statement per form."""
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for form in sorted({row["form"] for row in rows}):
        if not access.may(tx, "read", form):
            continue
        at = access.readable(tx, form)
        ids = sorted({row["record_id"] for row in rows if row["form"] == form})
        table = at.source.table
        chosen = sa.select(table.c["id"], table.c["version"], at.label().label("title")).select_from(at.from_)
        wanted = table.c["id"] == sa.any_(sa.cast(ids, sa.ARRAY(sa.BigInteger)))
        for one in tx.rows(chosen.where(at.where, wanted)):
            found[form, one["id"]] = one["title"], one["version"]
    return found


def _person(row: Row, name: str) -> shapes.Person | None:
    number = row.get(f"{name}_id")
    return None if number is None else shapes.Person(id=number, name=row.get(f"{name}_name") or "")


def _line(tx: Tx, row: Row, title: str | None, *, own: bool) -> dict[str, Any]:
    """The title of a task is made of its record: who may not read that sees what the step is called."""
    submitter = None
    if row["submitter_id"] is not None:
        submitter = shapes.Person(id=row["submitter_id"], name=row["submitter"] or "")
    shown = row["title"] if own or title is not None else row["label"]
    return {**row, "record_title": title, "title": shown, "submitter": submitter, "at_once": door.at_once(tx, row)}


@router.get("")
def list_approvals(tx: InTx, view: processes.approving.View = "mine", after: str | None = None) -> shapes.ApprovalsOut:
    """mine: waits for me, the most pressing first; done: I decided; sent: I submitted; copied: for my information."""
    found = door.listed(tx, view, after)
    titles = _titles(tx, found.rows)
    rows = [
        shapes.ApprovalRowOut(
            **_line(tx, row, titles.get((row["form"], row["record_id"]), (None,))[0], own=view == "mine")
        )
        for row in found.rows
    ]
    return shapes.ApprovalsOut(rows=rows, next=found.next, waiting=door.waiting(tx))


@router.get("/{vote}")
def read_approval(tx: InTx, vote: int) -> shapes.ApprovalOut:
    """One approval, by any of its votes, for who takes part, submitted it or has a copy."""
    page = door.page(tx, vote)
    trail = door.with_system(tx, page.row["instance_id"], page.trail)
    titled = _titles(tx, [page.head]).get((page.head["form"], page.head["record_id"]))
    node = page.rule.node
    ways = [{key: one[key] for key in shapes.BackOut.model_fields} for one in page.back]
    return shapes.ApprovalOut(
        **_line(tx, page.head, titled[0] if titled else None, own=page.mine),
        mine=page.mine, mode=node.mode, ratio=float(node.ratio), veto=node.veto, opinion=node.opinion,
        attachments=node.attachments, signature=node.signature, version=titled[1] if titled else None,
        may=page.may, fields=[shapes.ApprovalFieldOut(field=key, right=right) for key, right in page.fields],
        changed=[_changed(one) for one in page.changed], changed_since=page.changed_since,
        trail=[_step(tx, one, page.row["approval_id"]) for one in trail],
        onward=[shapes.OnwardOut(**one) for one in page.onward],
        back=[shapes.BackOut(**one) for one in ways], removable=page.removable,
    )  # fmt: skip


def _changed(one: Any) -> shapes.ChangedOut:
    last = one["last"] or {}
    return shapes.ChangedOut(
        field=one["field"], before=one["before"], after=one["after"], by=last.get("actor"), at=last.get("at")
    )


def _step(tx: Tx, one: Any, current: int) -> Any:
    if one["kind"] == "task":
        chosen = next((o for o in one["outcomes"] or [] if o["key"] == one["outcome"]), {})
        given = {**one, "sealed": seals_out(one["sealed"])}
        return shapes.TaskStepOut(
            **given, by=shapes.Person(id=one["by_id"], name=one["by_name"]), outcome_label=chosen.get("label") or "",
            outcome_label_en=chosen.get("label_en") or "",
        )  # fmt: skip
    if one["kind"] == "system":
        return shapes.SystemStepOut(**one)
    if one["kind"] == "return":
        return shapes.ReturnStepOut(**one, vote=one["vote_id"], by=_person(one, "by"))
    node = door.node_of(tx, one)
    given: dict[str, Any] = {**one, "votes": [_vote(vote) for vote in one["votes"]]}
    given |= {"mode": node.mode, "ratio": float(node.ratio), "veto": node.veto, "current": one["id"] == current}
    return shapes.ApprovalStepOut(**given)


def _vote(row: Row) -> shapes.VoteOut:
    given: dict[str, Any] = {
        **row, "person": _person(row, "person"), "turn": _person(row, "turn"), "by": _person(row, "by"),
        "candidates": row["candidates"] or [],
    }  # fmt: skip
    by = row["decided_by"]
    given["decided_by"] = None if by is None else shapes.Person(id=by, name=row["decided_by_name"])
    return shapes.VoteOut(**given)


@router.get("/{vote}/files/{file_id}")
def read_approval_file(
    tx: InTx, request: Request, vote: int, file_id: int, thumb: Thumb = False, download: Download = False
) -> Response:
    """A file or signature that somebody put with their opinion."""
    return served(request, door.file(tx, vote, file_id), thumb, download)


@router.post("/{vote}/decide")
def decide_vote(tx: InTx, vote: int, body: shapes.DecideIn) -> None:
    """I approve or reject. An opinion that was asked for beside is given with `approved`."""
    said = door.Said(body.opinion, tuple(body.files), body.signature, body.values, body.version)
    door.decide(tx, vote, body.outcome, said)


@router.post("/decide-many")
def decide_votes(tx: InTx, body: shapes.DecideManyIn) -> shapes.DecidedOut:
    """Each is decided alike, or named with why not."""
    refused = door.decide_many(tx, body.votes, body.outcome, body.opinion)
    language = tx.entered["language"]
    told = [shapes.RefusedVoteOut(vote=one, code=why.code, text=text(why, language)) for one, why in refused]
    not_done = {one for one, _ in refused}
    return shapes.DecidedOut(done=[one for one in dict.fromkeys(body.votes) if one not in not_done], refused=told)


@router.post("/{vote}/read")
def read_vote(tx: InTx, vote: int) -> None:
    """I have seen what stands there now: what changes from here on is shown as changed; a copy of mine is read."""
    door.look(tx, vote)


@router.post("/{vote}/add")
def add_signers(tx: InTx, vote: int, body: shapes.AddIn) -> None:
    """These colleagues sign too."""
    door.add(tx, vote, body.people, body.where, body.opinion)


@router.post("/{vote}/remove")
def remove_signer(tx: InTx, vote: int) -> None:
    """A signer whom I added (`removable`) is asked no more."""
    door.remove(tx, vote)


@router.post("/{vote}/transfer")
def transfer_vote(tx: InTx, vote: int, body: shapes.HandIn) -> None:
    """Somebody else decides instead of me."""
    door.transfer(tx, vote, body.person, body.opinion)


@router.post("/{vote}/delegate")
def delegate_vote(tx: InTx, vote: int, body: shapes.HandIn) -> None:
    """Somebody gives me an opinion; then I am asked again."""
    door.delegate(tx, vote, body.person, body.opinion)


@router.post("/{vote}/urge")
def urge_vote(tx: InTx, vote: int) -> None:
    """Whoever this vote waits for is told that I wait for it; once in four working hours."""
    people = door.urge(tx, vote)
    label = door.page(tx, vote).head["label"]
    for person in people:
        messages.tell(tx, person, "urged", label, number=1)


@router.post("/{vote}/return")
def return_vote(tx: InTx, vote: int, body: shapes.ReturnIn) -> None:
    """I send it back to an earlier step."""
    door.send_back(tx, vote, body.to, body.how, body.opinion)


@router.post("/{vote}/withdraw")
def withdraw_approval(tx: InTx, vote: int) -> None:
    """What I submitted is mine again, while nobody has decided."""
    door.withdraw(tx, vote)
