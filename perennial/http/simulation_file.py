"""The entries of a simulation as CSV; that it is one, and what was assumed, stands above them."""

import csv
import datetime as dt
import io
from collections.abc import Sequence

from perennial.kernel import Language, Row
from perennial.records import exports

BANNER = {"zh": "模拟结果，没有写入数据，也没有发送消息", "en": "Simulated. Nothing was written and nothing was sent"}
ASSUMED = {
    "median": {
        "zh": "对人的假设：每项任务和审批按历史中位时长完成，结果取最常见的一种",
        "en": "Assumption about people: each task is done after its median time by its most frequent outcome",
    },
    "nobody": {"zh": "对人的假设：没有人处理任何任务", "en": "Assumption about people: nobody does anything"},
    "script": {
        "zh": "对人的假设：按脚本，没有写到的没有人处理",
        "en": "Assumption about people: as the script says; what it does not name is not done",
    },
}
HEAD = {
    "zh": ("时间", "记录", "内容", "种类", "谁", "完成时间", "结果", "流程"),
    "en": ("Time", "Record", "What", "Kind", "Who", "Done", "Outcome", "Process"),
}
KINDS = {
    "zh": {"task": "任务", "approval": "审批", "message": "消息", "change": "系统更新", "open": "原有任务",
           "renewed": "续费"},
    "en": {"task": "task", "approval": "approval", "message": "message", "change": "written by the system",
           "open": "open before", "renewed": "renewed"},
}  # fmt: skip


def written(run: Row, entries: Sequence[Row], language: Language, zone: dt.tzinfo) -> bytes:
    """UTF-8 with a byte order mark, for spreadsheets."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)

    def moment(at: dt.datetime | None) -> str:
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""

    writer.writerow([BANNER[language], moment(run["copied_at"])])
    writer.writerow([ASSUMED[run["people"]][language]])
    writer.writerow(HEAD[language])
    for one in entries:
        writer.writerow(exports.neutral(str(value or "")) for value in (
            moment(one["at"]), one["record"], one["label"], KINDS[language][one["kind"]], one["name"],
            moment(one["done_at"]), one["outcome"], one["process"],
        ))  # fmt: skip
    return file.getvalue().encode("utf-8-sig")
