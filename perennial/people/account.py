"""Who a person is in DingTalk, WeCom and Feishu. Whoever acts there acts here as this person, with their rights."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg import errors as pg
from psycopg.types.json import Jsonb

from perennial.kernel import Conflict, Invalid, Missing, Row, Tx, Words
from perennial.people.administration import rights_of, rights_of_all, within

ACCOUNT_CHANNELS = ("dingtalk", "wecom", "feishu")
REMOTE_MAX = 128


@dataclass(frozen=True, slots=True)
class Account:
    """`remote`: the other side's number of the person; `name`: as they are called there, where it is known."""

    channel: str
    remote: str
    name: str | None
    since: dt.datetime


def accounts_of(tx: Tx, person_id: int) -> list[Account]:
    """Every account that is bound to a person, by channel."""
    rows = tx.rows(
        "SELECT channel, remote, name, since FROM people.account WHERE person_id = %(person)s ORDER BY channel",
        {"person": person_id},
    )
    return [Account(**row) for row in rows]


def person_of(tx: Tx, channel: str, remote: str) -> int | None:
    """The active person whose account this is; None: nobody's, or of somebody who has left."""
    found = holder(tx, channel, remote)
    return found["id"] if found is not None and found["active"] else None


def holder(tx: Tx, channel: str, remote: str) -> Row | None:
    """Whose account this is, active or not: id, name, active. WeCom writes its numbers in capitals or not as it
    likes."""
    return tx.one(
        "SELECT p.id, p.name, p.active FROM people.account a JOIN people.person p ON p.id = a.person_id"
        " WHERE a.channel = %(channel)s AND (a.remote = %(remote)s"
        "    OR %(channel)s = 'wecom' AND lower(a.remote) = lower(%(remote)s))"
        " ORDER BY (a.remote = %(remote)s) DESC LIMIT 1",
        {"channel": channel, "remote": remote},
    )


def remotes(tx: Tx, channel: str, persons: Collection[int]) -> dict[int, str]:
    """Of these persons the active ones with an account there: person -> remote."""
    rows = tx.rows(
        "SELECT a.person_id, a.remote FROM people.account a JOIN people.person p ON p.id = a.person_id AND p.active"
        " WHERE a.channel = %(channel)s AND a.person_id IN (SELECT unnest(%(persons)s::bigint[]))",
        {"channel": channel, "persons": list(persons)},
    )
    return {row["person_id"]: row["remote"] for row in rows}


def bind(tx: Tx, person_id: int, channel: str, remote: str, name: str | None = None) -> None:
    """The account is this person's and their only one there; the right to say so is the caller's to ask.

    errors   Conflict people.account_bound: it is somebody else's · Denied people.beyond_own: whoever has the account
             acts as the person, so who binds it for another may do no less than they
    """
    remote = remote.strip()
    if channel not in ACCOUNT_CHANNELS:
        raise Invalid("people.account_channel", path="channel", channel=channel)
    if not remote:
        raise Invalid("people.required", path="remote", field=Words("账号编号", "the number of the account"))
    if len(remote) > REMOTE_MAX:
        raise Invalid("people.account_long", path="remote", most=REMOTE_MAX)
    if tx.actor.kind == "person" and tx.actor.id != person_id:
        within(tx, rights_of(tx, person_id))
    given = {"person": person_id, "channel": channel, "remote": remote, "name": (name or "").strip()[:200] or None}
    try:
        with tx.savepoint():
            tx.run(_BIND, given)
    except pg.UniqueViolation as error:
        raise Conflict(
            "people.account_bound", path="remote", name=(holder(tx, channel, remote) or {"name": ""})["name"]
        ) from error
    except pg.ForeignKeyViolation as error:
        raise Missing("people.no_person") from error


_BIND = """
INSERT INTO people.account (channel, person_id, remote, name) VALUES (%(channel)s, %(person)s, %(remote)s, %(name)s)
ON CONFLICT (channel, person_id) DO UPDATE SET remote = excluded.remote, name = coalesce(excluded.name,
       CASE WHEN account.remote = excluded.remote THEN account.name END),
       since = CASE WHEN account.remote = excluded.remote THEN account.since ELSE excluded.since END
"""


def bind_set(tx: Tx, channel: str, accounts: Sequence[tuple[str, str, str]]) -> None:
    """Account of ours, number over there, name there: bound as `bind` does, in one statement for all.

    errors   Denied people.beyond_own: one of them may do more than the acting person
    """
    rows = [{"account": account, "remote": remote, "name": name[:200]} for account, remote, name in accounts]
    if tx.actor.kind == "person":
        sql = "SELECT id FROM people.person WHERE account IN (SELECT unnest(%(accounts)s::text[]))"
        ids = [row["id"] for row in tx.rows(sql, {"accounts": [account for account, _, _ in accounts]})]
        within(tx, rights_of_all(tx, [one for one in ids if one != tx.actor.id]))
    tx.run(_BIND_SET, {"channel": channel, "rows": Jsonb(rows)})


_BIND_SET = """
INSERT INTO people.account (channel, person_id, remote, name)
SELECT %(channel)s, p.id, g.remote, nullif(g.name, '')
  FROM jsonb_to_recordset(%(rows)s) AS g (account text, remote text, name text) JOIN people.person p USING (account)
ON CONFLICT (channel, person_id) DO UPDATE SET remote = excluded.remote, name = excluded.name
"""


def bound(tx: Tx, channel: str) -> dict[str, int]:
    """Every account that is bound there: remote -> person."""
    sql = "SELECT remote, person_id FROM people.account WHERE channel = %(channel)s"
    return {row["remote"]: row["person_id"] for row in tx.rows(sql, {"channel": channel})}


def unbind(tx: Tx, person_id: int, channel: str) -> bool:
    """The person has no account there any more; whether they had one."""
    return bool(
        tx.run(
            "DELETE FROM people.account WHERE person_id = %(person)s AND channel = %(channel)s",
            {"person": person_id, "channel": channel},
        )
    )
