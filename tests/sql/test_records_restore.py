"""Bringing back what was deleted, and looking back, where others have changed the ground meanwhile."""

import json

from builders import field, form, install
from error_codes import refused

from perennial import records
from perennial.kernel import SYSTEM, Database


def test_a_record_comes_back_only_after_what_it_must_refer_to(database: Database) -> None:
    deal = form("deal", "name: text", field("boss: relation", to="boss", reverse="deals", required=True), title="name")
    with database.begin(SYSTEM) as tx:
        install(tx, form("boss", "name: text", title="name"), deal)
        boss = records.create(tx, "boss", {"name": "b"})
        made = records.create(tx, "deal", {"name": "d", "boss": boss})
        records.delete(tx, "deal", made, 1)
        records.delete(tx, "boss", boss, 1)
        with refused("records.restore_first", "boss关联的记录也已删除，请先恢复那条记录", path="boss"):
            records.restore(tx, "deal", made)
        records.restore(tx, "boss", boss)
        records.restore(tx, "deal", made)
        assert json.loads(records.read(tx, "deal", made))["values"]["boss"] == {"id": boss, "label": "b"}
