"""Send what webhooks have written down: claim, commit the attempt, ask once more, then the wire.

One sender works at a time (a session lock, gone with its process), so a call that is still `sending` when the lock is
taken was left by a crash; it is repeated with the same key, by which its receiver knows it. docs/decisions/0009, 0023
"""

import contextlib
import datetime as dt
import hashlib
import hmac
import json
import random
import secrets
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg

from perennial.actions import Answer, post
from perennial.kernel import SYSTEM, Database, Reason, Row, Tx, fail_point, settings, statements
from perennial.processes import versions
from perennial.processes.advance import advance, lock
from perennial.processes.definition import Webhook
from perennial.processes.nodes.common import control, held
from perennial.rules import rendered

BATCH, AT_ONCE = 64, 8
HELD_MINUTES = 5  # asked again so often while something keeps it back
_LOCK = 0x776562686F6F
_SQL = statements(__file__, "webhooks.sql")
CODES = {"http": "processes.webhook_refused", "redirect": "processes.webhook_redirect",
         "private": "processes.webhook_private"}  # fmt: skip

Post = Callable[[str, bytes, Mapping[str, str]], Answer]


@dataclass(slots=True)
class Sent:
    """What one run did: state of a call -> how many."""

    counts: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, state: str, count: int = 1) -> None:
        if count:
            self.counts[state] = self.counts.get(state, 0) + count


def send(database: Database, *, wire: Post | None = None, stopped: Callable[[], bool] = lambda: False) -> Sent:
    """Make every call that is due; return at once when another sender works.

    wire     (url, body, headers) -> Answer; by default the network, private addresses as the settings say
    stopped  asked between two batches
    """
    done, silent = Sent(), set[str]()
    private = settings().webhook_private
    out = wire or (lambda url, body, headers: post(url, body, headers, private=private))
    with _alone(database) as still_alone:
        if still_alone is None:
            return done
        with database.begin(SYSTEM, Reason("webhook")) as tx:
            done.add("uncertain", tx.run(_SQL["interrupted"]))
        while not stopped():
            claimed = _claim(database, silent, done)
            if claimed is None:
                break
            fail_point("processes.call_attempt_committed")
            still_alone()
            leaving = _leaving(database, claimed, done)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                sending = {pool.submit(out, row["url"], row["body"].encode(), _headers(row)): row for row in leaving}
                for future in as_completed(sending):
                    row, answer = sending[future], future.result()
                    fail_point("processes.call_answered")
                    if answer.status is None and answer.state == "again":
                        silent.add(urlsplit(row["url"]).netloc)
                    done.add(_settle(database, row, answer))
    if done.counts:
        database.notify_soon()
    return done


@contextlib.contextmanager
def _alone(database: Database) -> Generator[Callable[[], object] | None]:
    """Nobody else sends inside; None: somebody does. The function raises when the lock was lost meanwhile."""
    with database.connection() as mine:
        mine.autocommit = True
        row = mine.execute("SELECT pg_try_advisory_lock(%s) AS mine", [_LOCK]).fetchone()
        try:
            yield (lambda: mine.execute("SELECT 1")) if row and row["mine"] else None
        finally:
            with contextlib.suppress(psycopg.OperationalError):  # a lost connection has no lock any more
                if row and row["mine"]:
                    mine.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
                mine.autocommit = False


def _claim(database: Database, silent: set[str], done: Sent) -> list[int] | None:
    """The next batch, its attempts committed; None when nothing is due."""
    with database.begin(SYSTEM, Reason("webhook")) as tx:
        ids = [row["id"] for row in tx.rows(_SQL["due"], {"silent": sorted(silent), "batch": BATCH})]
        if not ids:
            return None
        done.add("cancelled", tx.run(_SQL["gone"], {"ids": ids}))
        tx.run(_SQL["attempt"], {"ids": ids})
        return ids


def _leaving(database: Database, ids: list[int], done: Sent) -> list[Row]:
    """What may leave, asked in a snapshot taken after the attempts were committed, with its time and secret."""
    with database.begin(SYSTEM, Reason("webhook")) as tx:
        refused: dict[int, str] = {}
        for row in tx.rows(_SQL["versions"], {"ids": ids}):  # as many as there are versions
            refused |= _refused(tx, row["version_id"], ids)
        later = {"later": tx.now + _minutes(HELD_MINUTES)}
        tx.run(_SQL["back"], {"ids": list(refused), "whys": list(refused.values()), **later})
        done.add("held", sum(why.startswith("hold") for why in refused.values()))
        done.add("cancelled", sum(not why.startswith("hold") for why in refused.values()))
        for row in tx.rows(_SQL["unsigned"], {"ids": ids}):
            sign(tx, row["key"])
        return [{**row, "at": int(tx.now.timestamp())} for row in tx.rows(_SQL["leaving"], {"ids": ids})]


def _minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def _refused(tx: Tx, version_id: int, ids: list[int]) -> dict[int, str]:
    """Of the calls of one version, those whose reason is gone or that a hold keeps back."""
    published = versions.version(tx, version_id)
    process = published.process
    query = rendered(tx, process.form, control(process))
    tests = ["WHEN r.rid IS NULL THEN 'hold_deleted'"]
    if process.cancel_when:
        tests.append("WHEN r.cancelled AND NOT i.past_then THEN 'cancel_when'")
    tests.append(f"WHEN {held(process, versions.forms_held(tx, process))} THEN 'hold'")
    tests.append("WHEN t.id IS NULL THEN 'hold_away'")  # suspended, or sent back to an earlier step meanwhile
    found = tx.rows(
        f"SELECT x.id, x.why FROM (SELECT c.id, CASE {' '.join(tests)} END AS why"
        "   FROM processes.call c JOIN processes.instance i ON i.id = c.instance_id AND i.version_id = %(version)s"
        "   LEFT JOIN processes.token t ON t.id = c.token_id AND t.entered_at = c.entered_at AND t.state = 'waiting'"
        f"  LEFT JOIN ({query.text}) r ON r.rid = c.record_id"
        "  WHERE c.id = ANY(%(ids)s::bigint[]) AND c.state = 'sending') x WHERE x.why IS NOT NULL",
        {**query.params, "version": version_id, "ids": ids, "zone": tx.zone.key},
    )
    return {row["id"]: row["why"] for row in found}


def _headers(row: Row) -> dict[str, str]:
    """Who receives it can tell that it is ours, how old it is, and whether it came before."""
    return {
        "X-Perennial-Timestamp": str(row["at"]), "X-Perennial-Id": row["key"],
        "X-Perennial-Signature": signature(row["secret"], row["at"], row["key"], row["body"]),
    }  # fmt: skip


def signature(secret: str, at: int, key: str, body: str) -> str:
    """HMAC-SHA256 over `timestamp.id.body`, in hexadecimal."""
    return hmac.new(secret.encode(), f"{at}.{key}.{body}".encode(), hashlib.sha256).hexdigest()


def sign(tx: Tx, process: str, *, anew: bool = False) -> str:
    """The secret that signs the calls of a process; made when there is none, or anew."""
    change = "secret = excluded.secret, made_at = excluded.made_at, made_by = excluded.made_by"
    tx.run(
        "INSERT INTO processes.signing (process, secret, made_at, made_by)"
        " VALUES (%(process)s, %(secret)s, %(now)s, %(by)s::jsonb)"
        f" ON CONFLICT (process) DO {f'UPDATE SET {change}' if anew else 'NOTHING'}",
        {"process": process, "secret": secrets.token_urlsafe(32), "by": tx.actor.as_json()},
    )
    return str(tx.value("SELECT secret FROM processes.signing WHERE process = %(process)s", {"process": process}))


def _settle(database: Database, row: Row, answer: Answer) -> str:
    return database.run(SYSTEM, lambda tx: settle(tx, row, answer), Reason("webhook"))


def settle(tx: Tx, row: Row, answer: Answer) -> str:
    """What came of an attempt: its token goes on, or stands with its error, or the call is made again later."""
    if row["instance_id"] is not None:  # of a rule nobody waits
        lock(tx, [row["instance_id"]])
    given = {"state": answer.state, "why": answer.why, "status": answer.status, "reply": answer.reply}
    state = tx.value(_SQL["settle"], {**given, "id": row["id"], "jitter": random.uniform(1.0, 1.25)})
    if state not in ("done", "failed"):
        return "retry" if state else "lost"
    token = tx.one(_SQL["standing"], {"id": row["id"]})
    if token is None:
        return str(state)
    node = versions.version(tx, token["version_id"]).process.node(token["key"])
    if state == "failed" and isinstance(node, Webhook) and not node.on_error:
        tx.run(_SQL["park"], {"token": token["id"], **_error(row["url"], answer)})
        return "failed"
    tx.run(_SQL["ready"], {"token": token["id"]})
    advance(tx, [token["instance_id"]])
    return str(state)


def _error(url: str, answer: Answer) -> dict[str, str]:
    code = "processes.webhook_unanswered" if answer.state == "again" else CODES[answer.why]
    facts = {"host": urlsplit(url).netloc, "url": url, "status": answer.status, "why": answer.why}
    return {"code": code, "facts": json.dumps({key: one for key, one in facts.items() if one is not None})}
