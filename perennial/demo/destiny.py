"""How each contract will end: known to nobody in the company, least of all to the engine."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

_REASONS = (("price", 34), ("competitor", 22), ("usage", 18), ("business", 14), ("service", 12))


@dataclass(frozen=True, slots=True)
class Destiny:
    """How a contract will end, and when people notice, in days before its end."""

    end: str  # renewed, lost, slow
    intent: str
    confirms: int
    pays: int
    factor: Decimal
    reason: str


def destiny(seed: int, contract_id: int) -> Destiny:
    rng = Random(f"{seed}/contract/{contract_id}")
    end = rng.choices(("renewed", "lost", "slow"), (78, 15, 7))[0]
    intents = {"renewed": ("yes", "yes", "yes", "unsure"), "lost": ("no", "unsure"), "slow": ("unsure",)}
    confirms = rng.randrange(8, 58)
    return Destiny(
        end, rng.choice(intents[end]), confirms, rng.randrange(-4, max(confirms - 6, -3)),
        Decimal(rng.choice((90, 95, 100, 100, 100, 105, 110, 120))) / 100,
        rng.choices([key for key, _ in _REASONS], [weight for _, weight in _REASONS])[0],
    )  # fmt: skip
