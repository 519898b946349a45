"""What rules ask for: a firing's wish is an instance, as if a person had started it; its posting is a call among those
of webhooks."""

from perennial import rules
from perennial.kernel import Tx, workspace
from perennial.processes import versions
from perennial.processes.start import start_by_hand


def grant(tx: Tx) -> list[int]:
    """Instances that began. A record that has an open one gets none; a process that is switched off, nothing."""
    wishes = rules.wishes(tx)
    begun: list[int] = []
    for active in versions.active(tx) if wishes else ():  # as many statements as there are processes
        records = sorted({one.record_id for one in wishes if one.process == active.process.key})
        if records:
            begun += start_by_hand(tx, active.version, records)
    if wishes:
        rules.granted(tx, [one.id for one in wishes])
    return begun


_CALLS = """
INSERT INTO processes.call (rule, form, posting_id, record_id, url, body, state, most, try_at, decided_at)
SELECT x.rule, x.form, x.id, x.record_id, x.url, x.body, %(state)s, x.tries, %(now)s, %(now)s
  FROM unnest(%(ids)s::bigint[], %(rules)s::text[], %(forms)s::text[], %(records)s::bigint[], %(urls)s::text[],
              %(bodies)s::text[], %(tries)s::int[]) AS x (id, rule, form, record_id, url, body, tries)
 ORDER BY x.id
ON CONFLICT (posting_id) DO NOTHING
"""


def call(tx: Tx) -> int:
    """Postings become calls; a workspace that sends nothing records them. How many."""
    found = rules.postings(tx)
    if found:
        place = workspace(tx)
        silent = place.manual and place.kind != "test"
        tx.run(_CALLS, {
            "state": "recorded" if silent else "queued", "ids": [one.id for one in found],
            "rules": [one.rule for one in found], "forms": [one.form for one in found],
            "records": [one.record_id for one in found], "urls": [one.url for one in found],
            "bodies": [one.body for one in found], "tries": [one.tries for one in found],
        })  # fmt: skip
        rules.taken(tx, [one.id for one in found])
    return len(found)
