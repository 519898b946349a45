"""Drafts, plans, publications and their undo, for whoever may design."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from perennial import apps
from perennial.forms import Operation
from perennial.http.design_shapes import (
    ClashOut,
    DefinitionOut,
    DefinitionRef,
    DefinitionTree,
    DiffersOut,
    DraftHead,
    DraftOut,
    DraftsIn,
    FixOut,
    OperationOut,
    PlanOut,
    ProblemOut,
    PublicationOut,
    PublishedOut,
    PublishIn,
    RowOut,
    RunningOut,
    Saved,
    StepOut,
    TakeIn,
    TreeIn,
    UndoIn,
    UseOut,
)
from perennial.http.edge import InTx, Router, allow
from perennial.http.errors import language_of
from perennial.kernel import Conflict, Language, Missing, Tx, Words, text

router = Router(prefix="/design", tags=["design"])


@router.get("/definitions")
def design_definitions(tx: InTx, kind: str) -> list[DefinitionOut]:
    """Everything of a kind that is in force or being drawn."""
    allow(tx, "design")
    known = apps.kind_of(kind)
    trees = {known.key(tree): tree for tree in map(known.dump, known.current(tx))}
    drawn = {draft.key: draft for draft in apps.drafts(tx) if draft.kind == kind}
    history = apps.history(tx, kind)
    found: list[DefinitionOut] = []
    for key in [*trees, *(key for key in drawn if key not in trees)]:
        draft, tree = drawn.get(key), trees.get(key)
        shown = (draft.tree if draft is not None else None) or tree or {}
        state = (
            "published" if draft is None else "new" if tree is None else "going" if draft.tree is None else "changed"
        )
        past, words = history.get(key, []), shown.get("label_en")
        found.append(
            DefinitionOut(
                kind=kind, key=key, label=str(shown.get("label") or key),
                label_en=words if isinstance(words, str) else None, state=state, number=len(past),
                published=PublishedOut(**_published(past[0])) if past else None,
                draft=None if draft is None else DraftHead(**_head(draft)),
            )
        )  # fmt: skip
    return found


@router.get("/definitions/{kind}/{key}")
def design_definition(tx: InTx, kind: str, key: str) -> DefinitionTree:
    """A definition as it is, and the draft of it."""
    allow(tx, "design")
    current = apps.in_force(tx, kind, key)
    drawn = next((draft for draft in apps.drafts(tx) if (draft.kind, draft.key) == (kind, key)), None)
    if current is None and drawn is None:
        raise Missing("apps.no_definition", kind=kind, key=key)
    return DefinitionTree(kind=kind, key=key, current=current, draft=None if drawn is None else _draft(drawn))


@router.get("/drafts")
def design_drafts(tx: InTx) -> list[DraftOut]:
    """Every draft, in the order in which they would be published."""
    allow(tx, "design")
    return [_draft(draft) for draft in apps.drafts(tx)]


@router.get("/drafts/{kind}/{key}")
def design_draft(tx: InTx, kind: str, key: str) -> DraftOut:
    allow(tx, "design")
    return _draft(apps.read(tx, kind, key))


@router.put("/drafts/{kind}/{key}")
def save_draft(tx: InTx, request: Request, kind: str, key: str, given: TreeIn) -> Saved:
    """Keep the draft, errors and all, and say what is wrong with it."""
    allow(tx, "design")
    had = apps.Had(given.had, given.insist) if "had" in given.model_fields_set else None
    return _saved(tx, apps.save(tx, kind, key, given.tree, version=given.version, had=had), language_of(request))


@router.post("/drafts/{kind}/{key}/rebase")
def rebase_draft(tx: InTx, request: Request, kind: str, key: str, given: TakeIn) -> Saved:
    """Begin anew at what is in force: merged, with a choice for each place that both changed."""
    allow(tx, "design")
    return _saved(tx, apps.rebase(tx, kind, key, given.take), language_of(request))


@router.delete("/drafts/{kind}/{key}")
def discard_draft(tx: InTx, kind: str, key: str) -> None:
    allow(tx, "design")
    apps.discard(tx, kind, key)


@router.get("/drafts/{kind}/{key}/problems")
def draft_problems(tx: InTx, request: Request, kind: str, key: str) -> list[ProblemOut]:
    allow(tx, "design")
    return _saved(tx, apps.read(tx, kind, key), language_of(request)).problems


@router.post("/plan")
def plan_publication(tx: InTx, request: Request, given: DraftsIn) -> PlanOut:
    """What publishing these drafts together would do and touch."""
    allow(tx, "design")
    drawn = apps.drafts(tx, given.drafts)
    plan = apps.propose(tx, apps.changes_of(drawn))
    return _plan(tx, plan, language_of(request), drawn)


@router.post("/publish")
def publish_drafts(tx: InTx, given: PublishIn) -> PublicationOut:
    """Publish these drafts in one transaction; a large rewrite is done within the request, too."""
    allow(tx, "design")
    apps.locked(tx)
    if given.version is not None and given.version != apps.latest(tx):
        raise Conflict("apps.overtaken")
    drawn = apps.drafts(tx, given.drafts)
    if changed := next((one for one in drawn if (given.seen or {}).get(one.id, one.version) != one.version), None):
        raise Conflict("apps.draft_moved", path=changed.key, label=changed.label, by=changed.by["label"])
    number = apps.publish(tx, apps.propose(tx, apps.changes_of(drawn)), given.note.strip())
    apps.published(tx, drawn)
    return _publication(apps.publication(tx, number))


@router.get("/publications")
def list_publications(tx: InTx, before: int | None = None, limit: int = 50) -> list[PublicationOut]:
    """The newest first; `before` the last one shown."""
    allow(tx, "design")
    return [_publication(one) for one in apps.publications(tx, before=before, limit=max(1, min(limit, 200)))]


@router.get("/publications/{id}/undo")
def plan_undo(tx: InTx, request: Request, id: int) -> PlanOut:
    """What undoing this publication would do."""
    allow(tx, "design")
    return _plan(tx, apps.propose_undo(tx, id), language_of(request))


@router.post("/publications/{id}/undo")
def undo_publication(tx: InTx, id: int, given: UndoIn) -> PublicationOut:
    """Undo it by another publication, which can be undone as well."""
    allow(tx, "design")
    return _publication(apps.publication(tx, apps.undo(tx, id, given.note.strip())))


@router.get("/uses/{form}")
def form_uses(tx: InTx, form: str, field: str = "") -> list[UseOut]:
    """Every place that needs the form, or one of its fields."""
    allow(tx, "design")
    return [_use(one) for one in apps.uses(apps.in_use(tx), form, field)]


def _saved(tx: Tx, draft: apps.Draft, language: Language) -> Saved:
    found = [_problem(one, language, draft) for one in apps.problems(tx, draft)]
    return Saved(draft=_draft(draft), problems=found)


def _head(draft: apps.Draft) -> dict[str, Any]:
    return {"id": draft.id, "by": draft.by, "at": draft.at, "version": draft.version}


def _draft(draft: apps.Draft) -> DraftOut:
    return DraftOut(
        **_head(draft), kind=draft.kind, key=draft.key, label=draft.label, stale=draft.stale,
        tree=None if draft.tree is None else dict(draft.tree), base=None if draft.base is None else dict(draft.base),
        merged=None if draft.merged is None else dict(draft.merged),
        conflicts=[ClashOut(path=one.path, base=one.base, mine=one.mine, theirs=one.theirs) for one in draft.clashes],
    )  # fmt: skip


def _problem(found: apps.Found, language: Language, draft: apps.Draft | None = None) -> ProblemOut:
    problem = found.problem
    mine = draft is not None and (draft.kind, draft.key) == (found.kind, found.key)
    fix = apps.fix(found, draft.tree) if mine and draft is not None else None
    return ProblemOut(
        severity=found.severity, kind=found.kind, key=found.key, code=problem.code, text=text(problem, language),
        path=found.path, facts=dict(problem.facts), fix=FixOut(path=fix.path, value=fix.value) if fix else None,
    )  # fmt: skip


def _plan(tx: Tx, plan: apps.Plan, language: Language, drawn: Sequence[apps.Draft] = ()) -> PlanOut:
    seen, merged = {draft.id: draft.version for draft in drawn}, any(draft.stale for draft in drawn)
    counts = {kind: apps.history(tx, kind) for kind in {step.kind for step in plan.steps}}
    return PlanOut(
        version=apps.latest(tx), seen=seen, publishable=plan.publishable, merged=merged,
        problems=[_problem(one, language) for one in apps.of_plan(plan)],
        steps=[
            StepOut(
                act=step.act, kind=step.kind, key=step.key, label=_named(step, language),
                number=len(counts[step.kind].get(step.key, ())) + 1,
                operations=[_operation(one, step, language) for one in step.operations],
            )
            for step in plan.steps
        ],
        uses=[_use(one) for one in plan.uses], checked=plan.checked,
        breaks=len({(one.kind, one.key, one.path) for one in plan.uses if one.effect == "breaks"}),
        running=[
            RunningOut(process=one.process.key, label=one.process.label, version=one.number, open=one.open)
            for one in plan.running
        ],
        lock_ms=plan.lock_ms,
    )  # fmt: skip


def _named(step: apps.Step, language: Language) -> str:
    english = (step.after or step.before or {}).get("label_en")
    return _said(Words(step.label, english if isinstance(english, str) else None), language)


def _said(words: Words, language: Language) -> str:
    return str(words) if language == "zh" else words.english


def _operation(one: Operation, step: apps.Step, language: Language) -> OperationOut:
    named = one.after or one.before
    facts = dict(one.facts)
    differs = apps.told(one, step.before, step.after) if one.form == step.key else []
    return OperationOut(
        act=one.act, form=one.form, field=one.field, label=_said(named.words, language) if named else "",
        kind=named.kind if named else "", was=one.before.kind if one.before else "", grade=one.grade,
        differs=[_differs(it, language) for it in differs],
        rows=one.rows, ms=one.ms, values=facts.pop("values", 0), lost=facts.pop("lost", 0),
        examples=[RowOut(id=row.id, label=row.label, value=row.value) for row in one.lost], short=one.short,
        first_short=[RowOut(id=row.id, label=row.label) for row in one.first_short], fields=list(one.fields),
        returns=one.kept is not None, facts={**facts, "dependents": list(one.dependents)},
    )  # fmt: skip


def _differs(one: apps.Difference, language: Language) -> DiffersOut:
    before = _said(one.before, language) if one.before is not None else ""
    return DiffersOut(what=one.what, names=[_said(name, language) for name in one.names], before=before, on=one.on)


def _use(one: apps.Use) -> UseOut:
    return UseOut(
        form=one.form, field=one.field, kind=one.kind, key=one.key, label=one.label, path=one.path, place=one.place,
        effect=one.effect,
    )  # fmt: skip


def _published(one: apps.Publication) -> dict[str, Any]:
    return {"id": one.id, "at": one.at, "by": one.by, "note": one.note}


def _publication(one: apps.Publication) -> PublicationOut:
    named = [DefinitionRef(**{str(name): str(value) for name, value in given.items()}) for given in one.definitions]
    return PublicationOut(**_published(one), definitions=named, undoes=one.undoes, undone_by=one.undone_by)
