"""Bad days by name: `perennial dev im-server --scenario outage`."""

from perennial.dev.faults import Fault

ALWAYS = 1_000_000
SCENARIOS: dict[str, tuple[Fault, ...]] = {
    "healthy": (),
    "outage": tuple(Fault(f"{one}:*", "offline:2400", 1) for one in ("dingtalk_old", "dingtalk", "wecom", "feishu")),
    "throttled": (Fault("*", "throttle", 3, 2), Fault("*", "throttle", 3, 10)),
    "flaky": (
        Fault("*", "status:502", 2, 2),
        Fault("*", "reset_after", 2, 3),
        Fault("*", "html", 2, 5),
        Fault("*", "expire", 2, 7),
    ),
    "slow": (Fault("*", "slow:8", ALWAYS),),
    "lost_answers": (Fault("*", "reset_after", ALWAYS),),
}
"""Name -> what goes wrong. `outage`: forty minutes; `flaky`: every few requests something else."""
