"""Who did something, when and why, as every history tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """kind: of the actor (person, system). reason: its kind (user, import, process, task, …); `cause` has the facts."""

    id: int
    at: str
    actor: str
    kind: str
    reason: str | None
    cause: dict[str, Any]


def because(row: Mapping[str, Any]) -> dict[str, Any]:
    """actor, kind, reason and cause of a row with the log's `actor` and `reason`; of an empty one: the system's."""
    actor, reason = row.get("actor") or {}, dict(row.get("reason") or {})
    return {
        "actor": actor.get("label") or "", "kind": actor.get("kind") or "system",
        "reason": reason.pop("kind", None), "cause": reason,
    }  # fmt: skip
