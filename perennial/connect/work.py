"""One turn of the worker: what should be there, what differs, what changed over there."""

from collections.abc import Callable

from perennial.connect.mirror import CHANNELS, Worked, mine, refresh, sides, work_off
from perennial.connect.reconcile import reconcile, wanted
from perennial.kernel import SYSTEM, Database, Reason


def work(database: Database, *, stopped: Callable[[], bool] = lambda: False) -> Worked:
    """To-dos over there are as tasks are here, on every channel that takes them now; another worker's channels are left
    to it. Counts by what was done."""
    done = Worked()
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        ready = list(sides(tx, CHANNELS)) if tx.value(_ANYBODY) else []
    if not ready:
        return done
    with mine(database, ready) as (channels, still_mine):
        with database.begin(SYSTEM, Reason("mirror")) as tx:
            found = sides(tx, channels)
            done.add("refreshed", refresh(tx, list(found)))
        for channel, side in found.items():
            goes_on = work_off(database, channel, side, still_mine, stopped, done)
            if goes_on and reconcile(database, channel, side, wanted(database, channel), done):
                with database.begin(SYSTEM, Reason("mirror")) as tx:
                    refresh(tx, list(found))  # what was done there is done here
                work_off(database, channel, side, still_mine, stopped, done)
    return done


_ANYBODY = (
    "SELECT EXISTS (SELECT FROM people.account) OR EXISTS (SELECT FROM connect.mirrored WHERE try_at IS NOT NULL)"
)
