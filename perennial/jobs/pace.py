"""How often the worker looks. Tests make it faster; nothing is right or wrong because of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two turns of each loop."""

    react_s: float = 2.0
    """The backstop; committed changes wake the reactor at once."""
    tick_s: float = 60.0
    seal_s: float = 1.0
    event_s: float = 2.0
    """What came back from DingTalk, WeCom and Feishu is followed."""
    mirror_s: float = 10.0
    """To-dos in DingTalk, WeCom and Feishu as tasks are here."""
    rescue_s: float = 10.0
    heartbeat_s: float = 10.0
    stalled_s: float = 30.0
    """A worker that has not been heard of for so long is dead, and its jobs run again."""
