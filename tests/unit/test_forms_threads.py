"""One catalog serves all threads of a process."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import field, form

from perennial.forms import Catalog
from perennial.forms.catalog import Stored
from perennial.kernel import Invalid

LONG, THREADS, TRIES = 25, 8, 12


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads change places all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_what_one_thread_is_typing_is_no_circle_to_another() -> None:
    chain = (field(f"f{at}: formula", formula=f"f{at - 1} + 1") for at in range(1, LONG))
    deal = form("deal", "f0: number", *chain)
    for _ in range(TRIES):
        catalog, start = Catalog(1, [Stored(1, "deal", 1, deal)]), threading.Barrier(THREADS)

        def ask(at: int, catalog: Catalog = catalog, start: threading.Barrier = start) -> str:
            start.wait()
            return catalog.typed("deal", f"f{LONG - 1 - at}").type.kind

        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(ask, range(THREADS))) == ["number"] * THREADS


@pytest.mark.usefixtures("restless")
def test_a_circle_is_one_to_every_thread_and_leaves_nothing_behind() -> None:
    deal = form("deal", field("a: formula", formula="b + 1"), field("b: formula", formula="a + 1"), "c: number")
    catalog, start = Catalog(1, [Stored(1, "deal", 1, deal)]), threading.Barrier(THREADS)

    def ask(at: int) -> str:
        start.wait()
        with pytest.raises(Invalid) as caught:
            catalog.typed("deal", "ab"[at % 2])
        return caught.value.facts["cycle"]

    with ThreadPoolExecutor(THREADS) as pool:
        said = list(pool.map(ask, range(THREADS)))
    # after a refusal the next asker starts anew, at its own field
    assert said == ["deal.a → deal.b → deal.a", "deal.b → deal.a → deal.b"] * (THREADS // 2)
    assert not catalog.typing("deal", "a")
