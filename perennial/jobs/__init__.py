"""The background edge: what happens without anybody asking.

`run_worker` runs, each in a thread of its own until `stop` is set:
  reactor   turns committed changes into reactions: woken by NOTIFY, at the latest every 2 s
  tick      each minute, decides what is due (a manual clock stands still: nothing to do)
  sealer    each second, numbers and hashes what was committed, and writes the head beside the database
  mirror    each 10 s, to-dos in DingTalk, WeCom and Feishu are as tasks are here; cards: so are approvals
  events    each 2 s, what people did over there is followed; stream: DingTalk tells it where the settings say so
  queue     Procrastinate: imports, deliveries, the rescue of jobs whose worker died

Any number of workers on any number of machines may run; whoever loses a race sees no rows.
"""

from perennial.jobs.pace import Pace
from perennial.jobs.queue import export
from perennial.jobs.worker import run_worker

__all__ = ["Pace", "export", "run_worker"]
