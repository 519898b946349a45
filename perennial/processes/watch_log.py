"""The step log of a process and a period as a file: CSV, or XES 1.0 for process mining.

A trace is an instance, an event a visit of a step: where something waited, arrival (start) and leaving (complete),
else its leaving alone. Records that the actor may not read are not in it. Rows come from the server's cursor by the
thousand and are written as they come: nothing is held in memory.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from itertools import groupby
from typing import IO, Any, Literal, TextIO
from xml.sax.saxutils import quoteattr

import sqlalchemy as sa
from psycopg.rows import dict_row

from perennial import access
from perennial.kernel import Language, Row, Tx, render
from perennial.processes.plan import marked, readable
from perennial.processes.watch import checked
from perennial.processes.watch_ways import known
from perennial.records import exports

Format = Literal["csv", "xes"]
AT_ONCE_ROWS = 2_000
_HEAD = {
    "zh": ("在办编号", "记录", "版本", "步骤标识", "步骤", "类型", "开始", "应到", "结束", "时长（小时）",
           "结果", "办理人"),
    "en": ("Case", "Record", "Version", "Step key", "Step", "Kind", "Entered", "Due", "Left", "Hours", "Outcome",
           "By"),
}  # fmt: skip
_LOG = """
SELECT x.*, {title} AS title
  FROM (SELECT s.id, s.instance_id, i.record_id, p.form, v.number AS version, n.key, n.label, n.label_en, n.kind,
               s.entered_at, s.due_at, s.left_at, s.outcome, i.state, i.basis, i.entry,
               coalesce(h.name, d.name) AS person
          FROM processes.step s
          JOIN unnest(%(nodes)s::int[]) AS o (id) ON o.id = s.node_id
          JOIN processes.node n ON n.id = s.node_id
          JOIN processes.instance i ON i.id = s.instance_id
          JOIN processes.version v ON v.id = n.version_id
          JOIN processes.process p ON p.id = i.process_id
          LEFT JOIN people.person h ON h.id = (s.facts ->> 'by')::bigint
          LEFT JOIN LATERAL (SELECT q.name FROM processes.vote w JOIN people.person q ON q.id = w.decided_by
                              WHERE n.kind = 'approval' AND w.counts
                                AND w.approval_id = (s.facts ->> 'approval')::bigint
                              ORDER BY w.decided_at DESC, w.id DESC LIMIT 1) d ON true
         WHERE s.left_at >= %(since)s AND s.left_at < %(until)s) x
  {join}
 WHERE ({test}) ORDER BY x.instance_id, x.id
"""


def write_log(
    tx: Tx, key: str, since: dt.datetime, until: dt.datetime, to: IO[bytes], format: Format, language: Language
) -> int:
    """The file is written into `to`; how many visits are in it.

    errors  Missing processes.no_such_process · Invalid processes.no_period
    """
    period = checked(since, until)
    of = known(tx, key)
    test, own = readable(tx)
    title, join, more = "NULL::text", "", dict[str, Any]()
    if access.may(tx, "read", of.form):
        rows = access.readable(tx, of.form)
        named = sa.select(rows.source.table.c["id"], rows.label().label("title")).select_from(rows.from_)
        query = marked(render(named.where(rows.where)), 2000)
        title, join, more = "r.title", f"LEFT JOIN ({query.text}) r ON r.id = x.record_id", query.params
    text = _LOG.format(test=test, title=title, join=join)
    given = {
        **own, **more, **of.params, **period.params, "today": tx.today, "now": tx.now, "me": tx.actor.id,
    }  # fmt: skip
    with tx.connection.cursor("steps", row_factory=dict_row) as cursor:
        cursor.itersize = AT_ONCE_ROWS
        cursor.execute(text.encode(), given)
        encoding, newline, write = ("utf-8-sig", "", _csv) if format == "csv" else ("utf-8", "\n", _xes)
        file = io.TextIOWrapper(to, encoding=encoding, newline=newline)
        count = sum(1 for _ in write(iter(cursor), file, tx, key, language))
        file.detach()  # flushed; the file below stays open
        return count


def _csv(rows: Iterator[Row], file: TextIO, tx: Tx, key: str, language: Language) -> Iterator[None]:
    writer = csv.writer(file)
    writer.writerow(_HEAD[language])
    for row in rows:
        hours = (row["left_at"] - row["entered_at"]).total_seconds() / 3600
        cells = [
            str(row["instance_id"]), row["title"] or "", str(row["version"]), row["key"], _label(row, language),
            row["kind"], *(_local(tx, row[at]) for at in ("entered_at", "due_at", "left_at")), f"{hours:.3f}",
            row["outcome"], row["person"] or "",
        ]  # fmt: skip
        writer.writerow([exports.neutral(cell) for cell in cells])
        yield


def _local(tx: Tx, moment: dt.datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(tx.zone):%Y-%m-%d %H:%M:%S}"


def _label(row: Row, language: Language) -> str:
    return (row["label_en"] if language == "en" else "") or row["label"] or row["key"]


_XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <string key="lifecycle:transition" value="complete"/>
    <string key="org:resource" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
  </global>
  <classifier name="Activity" scope="event" keys="concept:name lifecycle:transition"/>
"""
SYSTEM_NAME = {"zh": "系统", "en": "System"}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xes(rows: Iterator[Row], file: TextIO, tx: Tx, key: str, language: Language) -> Iterator[None]:
    file.write(_XES)
    file.write(f"  {_attribute('string', 'concept:name', key)}\n")
    file.write(f"  {_attribute('string', 'lifecycle:model', 'standard')}\n")
    for case, steps in groupby(rows, key=lambda row: row["instance_id"]):
        events: list[tuple[dt.datetime, int, int, str]] = []
        for number, row in enumerate(steps):
            if number == 0:
                file.write(f"  <trace>\n{_trace(case, row)}")
            if row["left_at"] > row["entered_at"]:
                events.append((row["entered_at"], row["id"], 0, _event(tx, row, "start", language)))
            events.append((row["left_at"], row["id"], 1, _event(tx, row, "complete", language)))
            yield
        file.writelines(text for *_, text in sorted(events))
        file.write("  </trace>\n")
    file.write("</log>\n")


def _trace(case: int, row: Row) -> str:
    """What is known of an instance; its record only by a name that the reader may see."""
    parts = [_attribute("string", "concept:name", str(case)), _attribute("string", "state", row["state"]),
             _attribute("string", "entry", row["entry"])]  # fmt: skip
    if row["title"] is not None:
        parts.append(_attribute("string", "record", row["title"]))
    return "".join(f"    {part}\n" for part in parts)


def _event(tx: Tx, row: Row, transition: str, language: Language) -> str:
    at: dt.datetime = row["entered_at" if transition == "start" else "left_at"]
    moment = at.astimezone(tx.zone).isoformat(timespec="milliseconds")
    parts = [
        _attribute("string", "concept:name", _label(row, language)),
        _attribute("string", "lifecycle:transition", transition),
        _attribute("string", "org:resource", row["person"] or SYSTEM_NAME[language]),
        _attribute("date", "time:timestamp", moment),
        _attribute("string", "step", row["key"]), _attribute("string", "kind", row["kind"]),
    ]  # fmt: skip
    if transition == "complete":
        parts.append(_attribute("string", "outcome", row["outcome"]))
    return "    <event>\n" + "".join(f"      {part}\n" for part in parts) + "    </event>\n"


def _attribute(kind: str, key: str, value: str) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(_ILLEGAL.sub('', value))}/>"
