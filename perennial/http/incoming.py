"""Letters that came to our mailbox from senders that nobody knows."""

import datetime as dt

from pydantic import BaseModel

from perennial import messages
from perennial.http.edge import InTx, Router, allow

router = Router(tags=["messages"])


class LetterOut(BaseModel):
    """`text`: its beginning; `attachments`: names, the files stay in the mailbox."""

    id: int
    at: dt.datetime
    sender: str | None
    name: str | None
    subject: str | None
    text: str | None
    attachments: list[str]


@router.get("/incoming")
def list_strangers(tx: InTx, before: int | None = None) -> list[LetterOut]:
    """Newest first; what answers a mail of ours, or comes from a contact, stands on the record's stream instead."""
    allow(tx, "release")
    return [LetterOut(**row) for row in messages.strangers(tx, before=before)]
