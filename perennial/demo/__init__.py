"""The living demo company: a year of history that the engine itself produced under a past clock.

Scripted, seeded colleagues finish their tasks, write down calls, take payments; everything else is done by the
processes. The history ends today; then the clock becomes real, the colleagues stop, and outgoing mail is held. Another
seed gives another company. An interrupted build goes on where its clock stands.
Read in this order: names, world (what there was a year ago), company (laying it down), script (what people do), quotes
(of that: quotes and annual reviews), story (one quote through many hands), lived.
"""

from perennial.demo.lived import SEED, prepare

__all__ = ["SEED", "prepare"]
