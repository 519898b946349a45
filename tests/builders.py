"""Arrange with what matters only. `install_renewal(database)` publishes the shipped forms, `install_shipped(database)`
the whole app: a copy when nothing else has been done there yet. `install(tx, *forms)` publishes others."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from worlds import built_once

import perennial
from perennial import apps, forms
from perennial.forms import Catalog, Field, Form, Option
from perennial.kernel import SYSTEM, Database, Reason, Tx
from perennial.people import password

STRONG = password._hasher  # in the tests a cheaper one stands in for it (conftest)
RENEWAL = Path(perennial.__file__).parent / "bundled" / "renewal" / "forms"


def form(key: str, *fields: Field | str, **attributes: Any) -> Form:
    """A form; a field given as "amount: money" needs no more."""
    made = tuple(field(one) if isinstance(one, str) else one for one in fields)
    return Form(key=key, label=attributes.pop("label", key), fields=made, **attributes)


def field(spec: str, **attributes: Any) -> Field:
    """`field("amount: money")`, `field("open: formula", formula="…")`."""
    key, _, kind = spec.partition(":")
    if "select" in kind:
        attributes.setdefault("options", (Option("x", "X"), Option("y", "Y")))
    return Field(key=key.strip(), label=attributes.pop("label", key.strip()), kind=kind.strip() or "text", **attributes)


def install(tx: Tx, *wanted: Form) -> Catalog:
    """Publish these forms beside what is there."""
    return forms.apply(tx, forms.propose(tx, wanted))


@functools.cache
def renewal_forms() -> Sequence[Form]:
    """The forms of the shipped renewal app."""
    return tuple(
        forms.load(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(RENEWAL.glob("*.yaml"))
    )


@built_once
def install_renewal(target: Database | Tx) -> None:
    """Publish the forms of the renewal app; given a database, in a transaction of its own."""
    if isinstance(target, Tx):
        install(target, *renewal_forms())
        return
    with target.begin(SYSTEM, Reason("publish")) as tx:
        install(tx, *renewal_forms())


@built_once
def install_shipped(database: Database) -> None:
    """The renewal app as it is shipped, whole."""
    apps.ensure(database)


def at(tx: Tx, sql: str) -> str:
    """SQL with the physical name behind each `data.<form>`: tests may not know it either."""
    known = forms.catalog(tx)
    return re.sub(r"\bdata\.(\w+)", lambda name: f'data."{known.table(name[1]).name}"', sql)


def run(tx: Tx, sql: str, params: dict[str, Any] | None = None) -> int:
    """`tx.run` of SQL that names tables `data.<form>`."""
    return tx.run(at(tx, sql), params)
