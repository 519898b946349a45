"""Four workers and several channels at once: every message leaves exactly once."""

import threading
from collections import Counter

from message_world import Way, contact, decide, stand

from perennial import messages
from perennial.kernel import SYSTEM, Database


def test_four_workers_over_three_channels_send_each_message_once(database: Database) -> None:
    stand(database)
    with database.begin(SYSTEM) as tx:
        for n in range(8):
            contact(tx, f"人{n}", mail=f"{n}@example.com", mobile=f"1380000000{n}")
        decide(tx, 1, 2, channels=["mail", "sms"])
        tx.run("UPDATE messages.outbox SET channel = 'webhook' WHERE record_id = 2 AND channel = 'sms'")
        for channel in ("mail", "sms", "webhook"):
            messages.release(tx, channel)
    ways = {channel: Way() for channel in ("mail", "sms", "webhook")}
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(4):
                messages.deliver(database, ways, batch=5)
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert failed == []
    sent = Counter(wire.wire_id for way in ways.values() for wire in way.taken)
    assert set(sent.values()) == {1}
    assert [len(ways[channel].taken) for channel in ways] == [8, 8, 8]  # two contracts of a contact are one mail
    with database.begin(SYSTEM) as tx:
        states = Counter(row["state"] for row in tx.rows("SELECT state FROM messages.outbox"))
    assert states == {"sent": 24, "merged": 8}
