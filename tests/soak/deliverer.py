"""A program that delivers until nothing is left, into a file that keeps every copy; warm, as `laborer.py`.

An order: `url`, `sink`. Each acceptance is one line of the file, appended at once: what it says was accepted, whatever
becomes of the program. It takes what it is given, and deduplicates nothing.
"""

import json
import os
import sys
import time
import traceback
from typing import Any

from perennial import messages
from perennial.kernel import SYSTEM, Database

WAITING = """SELECT EXISTS (SELECT FROM messages.outbox o JOIN messages.channel c ON c.key = o.channel
                            WHERE o.state IN ('queued', 'sending') AND c.released_at IS NOT NULL)"""


class Sink:
    """Accepts, says so in the file, and takes a moment to answer: a kill may fall in between."""

    instant = False

    def __init__(self, channel: str, file: int) -> None:
        self.channel, self.file = channel, file

    def send(self, wire: messages.Wire) -> messages.Outcome:
        os.write(self.file, f"{self.channel} {wire.wire_id}\n".encode())
        time.sleep(0.0005)
        return messages.Outcome("sent")


def work(order: dict[str, Any]) -> None:
    file = os.open(order["sink"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    ways = {channel: Sink(channel, file) for channel in ("mail", "sms")}
    database = Database(order["url"], size=8)
    while True:
        messages.deliver(database, ways, batch=200)
        with database.begin(SYSTEM) as tx:
            if not tx.value(WAITING):
                return
        time.sleep(0.05)


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
