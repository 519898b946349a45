"""A program that does one thing to a process and may be killed in it; warm, as `laborer.py`: each order is a fork.

An order: `url`, `fail_point` (or none), `do`: tick to a moment, react, decide a vote, or migrate.
"""

import datetime as dt
import json
import os
import sys
import traceback
from typing import Any

from perennial import processes
from perennial.kernel import SYSTEM, Actor, Database
from perennial.processes.approvals import vote


def work(order: dict[str, Any]) -> None:
    if order.get("fail_point"):
        os.environ["PERENNIAL_FAIL_POINT"] = order["fail_point"]
    database = Database(order["url"], size=3)
    match order["do"]:
        case "tick":
            processes.tick(database, at=dt.datetime.fromisoformat(order["at"]))
        case "react":
            processes.react(database)
        case "decide":
            with database.begin(Actor("person", order["person"], "somebody")) as tx:
                vote.decide(tx, order["vote"], order["outcome"], vote.Said("意见"))
        case "migrate":
            with database.begin(SYSTEM) as tx:
                processes.migrate(tx, "random", order["number"], order["choices"])
        case unknown:
            raise ValueError(unknown)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                work(json.loads(line))
            except BaseException:
                traceback.print_exc()
                code = 1
            os._exit(code)
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    main()
