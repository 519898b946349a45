"""Who DingTalk, WeCom or Feishu says is at the door, here as the person whose account that is.

    ways    where one may come in          away  where to send them, and the note that their browser carries meanwhile
    back    who came back with the code and the note

The note is the browser's alone (a cookie) and names the purpose and a random state, so a link that somebody else made
logs nobody in. A code works once, over there. Nobody is made here by a login: an account that is nobody's is told so.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from perennial import messages, people
from perennial.channels import Reply
from perennial.connect import theirs
from perennial.connect.theirs import Member
from perennial.kernel import SYSTEM, Database, Denied, Invalid, Missing, Tx

LIFE_S = 600  # of the note


@dataclass(frozen=True, slots=True)
class Note:
    """What the browser carries while its person is over there. `person`: whose account is being bound; 0: a login."""

    channel: str
    state: str
    person: int

    def written(self) -> str:
        return urlsafe_b64encode(json.dumps([self.channel, self.state, self.person]).encode()).decode()


def read_note(text: str) -> Note | None:
    try:
        channel, state, person = json.loads(urlsafe_b64decode(text.encode()))
    except ValueError:
        return None
    return Note(str(channel), str(state), int(person)) if isinstance(person, int) else None


def ways(tx: Tx) -> list[str]:
    """Channels by which one may log in: set up as an application, and the product knows its own address."""
    if not messages.policy(tx).link_base:
        return []
    return [channel for channel in theirs.LABELS if messages.app_of(tx, channel) is not None]


def away(tx: Tx, channel: str, person: int = 0) -> tuple[str, Note]:
    """The address over there, and the note.

    errors   Missing connect.no_app
    """
    if channel not in ways(tx):
        raise Missing("connect.no_app", channel=theirs.LABELS.get(channel, channel))
    app = theirs.app(tx, channel)
    note = Note(channel, secrets.token_urlsafe(24), person)
    return theirs.sign_in_url(app, _address(tx, channel), note.state), note


def back(database: Database, channel: str, code: str, state: str, note: Note | None) -> Member:
    """Who it is; network, hence outside a transaction.

    errors   Denied connect.not_yours: no note, or of another state · Invalid connect.not_told: the other side would not
             say · Missing connect.no_app
    """
    if note is None or note.channel != channel or not hmac.compare_digest(note.state.encode(), state.encode()):
        raise Denied("connect.not_yours")
    with database.begin(SYSTEM) as tx:
        app, address = theirs.app(tx, channel), _address(tx, channel)
    found = theirs.sign_in(app, code, address)
    if isinstance(found, Reply):
        raise Invalid("connect.not_told", detail=found.detail or found.why)
    return found


def enter(tx: Tx, channel: str, member: Member, *, address: str, agent: str) -> people.Session:
    """A session of the person whose account it is.

    errors   Denied connect.nobody
    """
    person = people.person_of(tx, channel, member.remote)
    if person is None:
        raise Denied("connect.nobody", name=member.name or member.remote)
    return people.open_session(tx, person, address=address, agent=agent)


def _address(tx: Tx, channel: str) -> str:
    return f"{messages.policy(tx).link_base.rstrip('/')}/api/entrances/{channel}/back"
