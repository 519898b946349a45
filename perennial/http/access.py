"""The rights matrix, what a change of roles would mean for people, and the view as somebody else."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from perennial import access, apps, people, records
from perennial.forms import Catalog, Form, catalog
from perennial.http.design_shapes import DraftsIn, Tree
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Invalid, Missing, Tx

router = Router(prefix="/access", tags=["access"])

SYSTEM_RIGHTS = ("design", "import", "release", "people")
MENU = ("simulation", "messages")  # pages that open by the menu, beside those that rights open


class MatrixField(BaseModel):
    """`to`: the form that a relation leads to, so that a condition reads in the names that people know."""

    key: str
    label: str
    label_en: str | None
    kind: str
    to: str | None


class MatrixForm(BaseModel):
    """A column of the matrix. `owner`: the field that scope `own` looks at; `within`: rights are the parent's."""

    key: str
    label: str
    label_en: str | None
    noun: str
    within: str | None
    owner: str | None
    fields: list[MatrixField]


class Place(BaseModel):
    form: str
    field: str


class DisclosureOut(BaseModel):
    """A computed field shows this role what `inputs` hide. `kept`: the role names it, so somebody decided so."""

    form: str
    field: str
    inputs: list[Place]
    kept: bool


class MatrixRole(BaseModel):
    """A row: what is in force, and the draft of it."""

    key: str
    label: str
    label_en: str | None
    state: Literal["published", "changed", "new", "going"]
    holders: int
    current: Tree | None
    draft: Tree | None
    draft_id: int | None
    draft_version: int | None
    stale: bool
    disclosures: list[DisclosureOut]


class Matrix(BaseModel):
    forms: list[MatrixForm]
    roles: list[MatrixRole]
    rights: list[str]
    menu: list[str]


class EffectsOut(BaseModel):
    """`people`: who reads more or fewer records, the most first; `own_administration`: publishing would be refused."""

    people: list[access.Effect]
    rights: list[access.RightsEffect]
    uncounted: list[str]
    own_administration: bool


class ViewAsIn(BaseModel):
    person: int
    form: str
    record: int


class RuleOut(BaseModel):
    role: str
    label: str
    label_en: str | None
    rows: str | None
    rights: list[str]
    holds: bool
    decided: bool


class FieldSeenOut(BaseModel):
    key: str
    label: str
    label_en: str | None
    kind: str
    level: str
    role: str | None
    hidden_inputs: list[Place]
    value: Any


class ViewAsOut(BaseModel):
    """`visible_count` of `total`: how many records of the form the person reads. Values are as they see them."""

    person: str
    form: str
    record: int
    title: str | None
    visible: bool
    owner: str | None
    rules: list[RuleOut]
    fields: list[FieldSeenOut]
    total: int
    visible_count: int


class ViewingOut(BaseModel):
    id: int
    at: dt.datetime
    by: str
    person: str
    form: str
    record_id: int
    visible: bool


@router.get("/matrix")
def access_matrix(tx: InTx) -> Matrix:
    """Every role by every form, drafts beside what is in force."""
    allow(tx, "design")
    found = catalog(tx)
    drawn = {draft.key: draft for draft in apps.drafts(tx) if draft.kind == "role"}
    now = {role.key: role for role in access.roles(tx)}
    held = {row["key"]: row["n"] for row in people.held(tx)}
    lines: list[MatrixRole] = []
    for key in [*now, *(key for key in drawn if key not in now)]:
        current = access.dump(now[key]) if key in now else None
        draft = drawn.get(key)
        shown = (draft.tree if draft is not None else None) or current or {}
        state = "published" if draft is None else "new" if current is None else "going" if not draft.tree else "changed"
        lines.append(
            MatrixRole(
                key=key, label=str(shown.get("label") or key), label_en=shown.get("label_en"), state=state,
                holders=held.get(key, 0), current=current,
                draft=dict(draft.tree) if draft is not None and draft.tree is not None else None,
                draft_id=draft.id if draft else None, draft_version=draft.version if draft else None,
                stale=draft is not None and draft.stale, disclosures=_disclosures(found, shown),
            )
        )  # fmt: skip
    return Matrix(forms=[_form(one) for one in found.forms], roles=lines, rights=list(SYSTEM_RIGHTS), menu=list(MENU))


class ReachOut(BaseModel):
    """How many records the holders of a role read today by it alone."""

    records: int


@router.get("/reach/{role}/{form}")
def read_reach(tx: InTx, role: str, form: str) -> ReachOut:
    allow(tx, "design")
    catalog(tx).form(form)
    return ReachOut(records=access.reach(tx, role, form))


@router.post("/effects")
def access_effects(tx: InTx, given: DraftsIn) -> EffectsOut:
    """Who would gain and who would lose how many records, if these drafts of roles were published."""
    allow(tx, "design")
    changes = apps.changes_of([one for one in apps.drafts(tx, given.drafts) if one.kind == "role"])
    wanted = {one.key: None if one.tree is None else access.load(one.tree) for one in changes}
    told = access.effects(tx, wanted)
    return EffectsOut.model_validate(told, from_attributes=True)


@router.post("/view-as")
def view_as(tx: InTx, given: ViewAsIn) -> ViewAsOut:
    """One record as another person sees it. Read-only; that somebody looked is kept."""
    allow(tx, "design")
    seen = access.view_as(tx, given.person, given.form, given.record)
    found = catalog(tx)
    with access.seeing_as(tx, given.person):
        try:
            record: dict[str, Any] = json.loads(records.read(tx, given.form, given.record))
        except Missing:
            record = {}
        counted = records.count(tx, given.form).count if access.may(tx, "read", given.form) else 0
        values = record.get("values", {})
    access.note_viewing(tx, given.person, given.form, given.record, visible=bool(record))
    hidden = _hidden_inputs(tx, found, given.person, given.form)
    form = found.form(given.form)
    fields = {one.key: one for one in seen.fields} if record else {}
    return ViewAsOut(
        person=people.find(tx, given.person).name, form=form.key, record=given.record, title=record.get("title"),
        visible=bool(record), owner=seen.owner,
        rules=[
            RuleOut(
                role=one.role, label=one.label, label_en=one.label_en, rows=one.rows, rights=list(one.rights),
                holds=one.holds, decided=one.decided,
            )
            for one in seen.rules
        ],
        fields=[
            FieldSeenOut(
                key=one.key, label=one.label, label_en=one.label_en, kind=one.kind, level=fields[one.key].level,
                role=fields[one.key].role, hidden_inputs=hidden.get(one.key, []), value=values.get(one.key),
            )
            for one in form.fields
            if one.key in fields
        ],
        total=seen.total, visible_count=counted,
    )  # fmt: skip


@router.get("/viewings")
def list_viewings(tx: InTx) -> list[ViewingOut]:
    """Who looked as whom, the newest first."""
    allow(tx, "design")
    return [ViewingOut(**row) for row in access.viewings(tx)]


def _form(form: Form) -> MatrixForm:
    owner = access.owner_field(form)
    fields = [
        MatrixField(key=one.key, label=one.label, label_en=one.label_en, kind=one.kind, to=one.to)
        for one in form.fields
    ]
    return MatrixForm(
        key=form.key, label=form.label, label_en=form.label_en, noun=form.noun, within=form.within,
        owner=owner, fields=fields,
    )  # fmt: skip


def _disclosures(found: Catalog, tree: Mapping[str, Any]) -> list[DisclosureOut]:
    try:
        role = access.load(tree)
    except Invalid:
        return []  # what is wrong with the draft is said by its problems
    return [
        DisclosureOut(
            form=one.form, field=one.field, kept=one.kept, inputs=[Place(form=at, field=key) for at, key in one.inputs]
        )
        for one in access.disclosures(found, role)
    ]


def _hidden_inputs(tx: Tx, found: Catalog, person: int, form: str) -> dict[str, list[Place]]:
    """Of computed fields of the form: the inputs that none of the person's roles reads."""
    held = people.find(tx, person).roles
    told = access.disclosures(found, *(role for role in access.roles(tx) if role.key in held))
    return {one.field: [Place(form=at, field=key) for at, key in one.inputs] for one in told if one.form == form}
