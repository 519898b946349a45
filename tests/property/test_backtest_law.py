"""What a backtest lists is what the engine did while the same rule was on, under the moving clock.

A small world lives some weeks with rules of every kind on: records come, change, are removed, are imported, undone,
held. Afterwards each rule is run over the same weeks again. What comes back out of the bin brings its alert along,
which a backtest does not know: nothing comes back here.
"""

import datetime as dt
import os
import random
from collections import Counter
from typing import Any

import pytest
from builders import field, form, install
from worlds import built_once

from perennial import messages, people, processes, records, rules
from perennial.kernel import SYSTEM, Database, Reason

WORLDS = int(os.environ.get("PERENNIAL_SOAK") or 0)  # 20 are ten minutes
DAYS, ACTS = (26, 90) if WORLDS else (15, 55)
TASK = {"actions": [{"kind": "task", "label": "look", "who": {"field": "owner"}}]}
CHANGED, DAILY = {"kind": "changed"}, {"kind": "daily", "at": "09:00"}

RULES: dict[str, dict[str, Any]] = {
    "own": {"when": CHANGED, "condition": "amount > 5"},
    "above": {"when": CHANGED, "condition": "AND(shop.level > 2, amount > 2)", "hold_by": ["shop"]},
    "below": {"when": CHANGED, "form": "shop", "condition": "SUM(deals.amount) > 12"},
    "once": {"when": CHANGED, "condition": 'stage = "x"', "again": "once"},
    "cycle": {"when": CHANGED, "condition": 'stage = "y"', "again": "cycle", "cycle": "due"},
    "event": {"when": CHANGED, "condition": "AND(CHANGED(amount), OR(ISBLANK(PREVIOUS(amount)), amount > 4))"},
    "limited": {"when": CHANGED, "condition": "amount > 3", "from": "2026-11-26", "until": "2026-12-09"},
    "near": {"when": DAILY, "condition": "AND(due >= TODAY(), due - TODAY() < 4)", "hold_by": ["shop"]},
    "weekly": {"when": {"kind": "weekly", "day": 3, "at": "10:30"}, "condition": "shop.level > 1", "again": "clear"},
    "each": {"when": {"kind": "weekly", "day": 5}, "condition": "amount > 6", "again": "cycle"},
    "first": {"when": DAILY, "condition": "amount > 8", "again": "once"},
    "run": {"when": {"kind": "daily", "at": "08:00"}, "form": "shop", "condition": 'HELD(score > 2, 2, "day")'},
    "missing": {"when": {"kind": "daily", "at": "08:00"}, "form": "shop", "condition": 'HELD(level < 2, 2, "day")',
                "gap": "gap"},
    "dated": {"when": {"kind": "offsets", "date": "due", "not_before": "begins"}, "condition": "amount > 1",
              "hold_by": ["shop"], "steps": [
                  {"key": "a", "days": -9, **TASK}, {"key": "b", "days": -3, "condition": 'stage <> "x"', **TASK},
                  {"key": "c", "workdays": -1, "at": "14:00", **TASK}, {"key": "d", "days": 2, **TASK}]},
    "theirs": {"when": {"kind": "offsets", "date": "shop.opened + 10"}, "condition": "shop.level > 0", "steps": [
        {"key": "a", "days": -2, **TASK}, {"key": "b", "days": 0, "at": "00:00", **TASK}]},
}  # fmt: skip


@pytest.fixture
@built_once
def market(database: Database) -> Database:
    with database.begin(SYSTEM, Reason("publish")) as tx:
        shop = form(
            "shop",
            field("name: text"),
            field("level: number", tracked=True),
            field("score: formula", formula="COUNTIF(deals, amount > 2)", tracked=True),
            "opened: date",
            "owner: person",
            title="name",
        )
        deal = form(
            "deal", "name: text", "amount: number", "stage: select", "due: date", "begins: date", "owner: person",
            field("shop: relation", to="shop", reverse="deals"), owner="owner", title="name",
        )  # fmt: skip
        install(tx, shop, deal)
        people.create(tx, "zhou", "周予安", roles=["business_admin"])
        messages.publish_template(
            tx, messages.Template("gap", "gap", "shop", "{{name}}", "{{lines}}", channels=("in_app",))
        )
        for key in RULES:
            rules.publish(tx, rules.load(whole(key)))
    return database


def whole(key: str) -> dict[str, Any]:
    tree = RULES[key]
    return {"rule": key, "label": key, "form": "deal", **({} if tree["when"]["kind"] == "offsets" else TASK), **tree}


class Life:
    """What happens, at random."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.dice = database, random.Random(seed)
        self.deals: list[int] = []
        self.shops: list[int] = []
        self.met: Counter[str] = Counter()

    def act(self, *, sharp: bool) -> None:
        """`sharp`: at a moment at which rules look, so nothing that holds what they found."""
        dice = self.dice
        kinds = ["edit"] * 8 + ["new"] * 3 + ["shop"] * 3 + ["remove", "import", "undo"]
        kinds += [] if sharp else ["hold", "end"]
        kind = dice.choice(kinds) if self.deals and self.shops else "new" if self.shops else "shop"
        reason = {"import": Reason("import", {"import": 1, "answer": dice.choice(["none", "tasks", "latest", "all"])}),
                  "undo": Reason("undo", {"of": 1})}.get(kind, Reason("test"))  # fmt: skip
        try:
            with self.database.begin(SYSTEM, reason) as tx:
                self._act(tx, kind)
            self.met[kind] += 1
        except Exception as error:
            if type(error).__name__ not in ("Conflict", "Missing", "Invalid"):
                raise
        processes.react(self.database)

    def _act(self, tx: Any, kind: str) -> None:
        dice = self.dice
        if kind == "shop" and (len(self.shops) < 3 or dice.random() < 0.2):
            self.shops.append(records.create(tx, "shop", self._shop(tx)))
        elif kind == "shop":
            self._update(tx, "shop", dice.choice(self.shops), self._shop(tx))
        elif kind in ("new", "import") and (kind == "new" or dice.random() < 0.5):
            self.deals.append(records.create(tx, "deal", self._deal(tx, 6)))
        elif kind in ("edit", "import", "undo"):
            self._update(tx, "deal", dice.choice(self.deals), self._deal(tx, dice.randrange(1, 3)))
        elif kind == "remove":
            one = dice.choice(self.deals)
            version = tx.value("SELECT max(x.version) FROM data_read.deal x WHERE x.id = %(id)s", {"id": one})
            if version is not None:
                records.delete(tx, "deal", one, version)
        elif kind == "hold":
            place = dice.choice([("deal", dice.choice(self.deals)), ("shop", dice.choice(self.shops))])
            processes.hold(tx, *place, tx.now + dt.timedelta(hours=dice.randrange(20, 150)), "x")
        else:
            known = processes.holding(tx)
            if known:
                processes.end_hold(tx, dice.choice(known)["id"])

    def _update(self, tx: Any, of: str, one: int, values: dict[str, Any]) -> None:
        version = tx.value(f"SELECT version FROM data_read.{of} WHERE id = %(id)s", {"id": one})
        if version is not None:
            records.update(tx, of, one, version, values)

    def _shop(self, tx: Any) -> dict[str, Any]:
        level = self.dice.choice([None, "0", "1", "2", "3", "4"])
        return {"name": "s", "level": level, "opened": self._date(tx, -6, 12)}

    def _date(self, tx: Any, low: int, high: int) -> str | None:
        return None if self.dice.random() < 0.1 else str(tx.today + dt.timedelta(days=self.dice.randrange(low, high)))

    def _deal(self, tx: Any, count: int) -> dict[str, Any]:
        dice = self.dice
        values = {
            "amount": dice.choice([None, *map(str, range(1, 11))]), "stage": dice.choice([None, "x", "y"]),
            "due": self._date(tx, -2, 25), "begins": self._date(tx, -10, 12), "shop": dice.choice(self.shops),
            "name": dice.choice("abc"),
        }  # fmt: skip
        return dict(dice.sample(sorted(values.items()), count))


def lived(database: Database, seed: int) -> tuple[Life, dt.datetime, dt.datetime]:
    """Weeks go by, a day or an hour at a time; things happen at odd moments and sharp at nine."""
    life = Life(database, seed)
    with database.begin(SYSTEM) as tx:
        start = tx.now
    odd = {start + dt.timedelta(minutes=life.dice.randrange(1, DAYS * 1440), seconds=1) for _ in range(ACTS)}
    sharp = {start + dt.timedelta(days=life.dice.randrange(1, DAYS)) for _ in range(ACTS // 6)}
    for moment in sorted(odd | sharp):
        processes.tick(database, through=moment)
        life.act(sharp=moment in sharp)
    end = start + dt.timedelta(days=DAYS + 1)
    processes.tick(database, through=end)
    return life, start, end


@pytest.mark.parametrize("seed", range(WORLDS or 1))
def test_a_backtest_finds_what_the_engine_did(market: Database, seed: int) -> None:
    life, start, end = lived(market, seed + 2026)
    found: dict[str, Counter[Any]] = {}
    for key in RULES:
        with market.begin(SYSTEM) as tx:
            theirs = tx.rows(
                "SELECT f.record_id, f.at, f.step, f.outcome, f.reason, f.basis FROM rules.firing f"
                "  JOIN rules.rule r ON r.id = f.rule_id"
                " WHERE r.key = %(key)s AND NOT (f.step = '' AND f.outcome = 'skipped')", {"key": key},
            )  # fmt: skip
            ours = rules.backtest.played(tx, rules.load(whole(key)), start, end)
        found[key] = _told(theirs)
        assert _told(ours) == found[key], (key, _told(ours) - found[key], found[key] - _told(ours))
    print(dict(life.met), {key: sum(one.values()) for key, one in found.items()})
    assert sum(sum(one.values()) for one in found.values()) > 40


def _told(rows: list[dict[str, Any]]) -> Counter[Any]:
    return Counter(
        (row["record_id"], row["at"].isoformat(), row["step"], row["outcome"], row["reason"], str(row["basis"]))
        for row in rows
    )
