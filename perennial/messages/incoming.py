"""The mailbox that answers come to, read by IMAP: bounces end a mail and open the next way, replies reach the owner.

Nothing is changed in the mailbox. How far it was read is kept per place and validity; each mail counts once by its
Message-ID, so reading the same again, after a crash or a move, does nothing.
"""

import contextlib
import imaplib
import ssl
from collections.abc import Generator, Iterator
from dataclasses import asdict

from perennial.channels import Reply
from perennial.kernel import SYSTEM, Database, Reason, Row, Tx, statements
from perennial.messages.answers import known
from perennial.messages.fallback import fall_back
from perennial.messages.letters import Letter, read_letter
from perennial.messages.restraint import tell_owners
from perennial.messages.setup import Setup, setup

_SQL = statements(__file__, "incoming.sql")
TIMEOUT_S = 30.0
BATCH = 200  # mails of one run; of a mailbox that is read for the first time, the newest


class Unread(Exception):
    """The mailbox could not be read: a code of ours, and what the server said."""

    def __init__(self, why: str, detail: str) -> None:
        super().__init__(why, detail)
        self.why, self.detail = why, detail


def read_mail(database: Database) -> int:
    """Take in what came since the last time; how many mails were new. What is wrong with the mailbox, it says."""
    with database.begin(SYSTEM, Reason("mail")) as tx:
        made = setup(tx, "mail_in")
        known = {row["place"]: (row["validity"], row["uid"]) for row in tx.rows("SELECT * FROM messages.mailbox")}
    if made is None:
        return 0
    place = f"{made.text('user')}@{made.text('host')}/{made.text('folder', 'INBOX')}"
    taken = 0
    try:
        if made.lost:
            raise Unread("secret_lost", "")
        with _opened(made) as (box, validity):
            since = known[place][1] if known.get(place, (None,))[0] == validity else None
            for uid, raw in _letters(box, since):
                with database.begin(SYSTEM, Reason("mail")) as tx:
                    taken += take_in(tx, read_letter(raw))
                    tx.run(_SQL["read_upto"], {"place": place, "validity": validity, "uid": uid})
    except Unread as error:
        with database.begin(SYSTEM, Reason("mail")) as tx:
            tx.run(_SQL["problem"], {"problem": f"{error.why}: {error.detail}"[:500] if error.detail else error.why})
    else:
        with database.begin(SYSTEM, Reason("mail")) as tx:
            tx.run(_SQL["well"])
    return taken


def take_in(tx: Tx, letter: Letter) -> int:
    """Once, whatever was read before. A bounce of a mail that counts as sent takes the next way; of what a person
    wrote the owner of the record is told: the record of the mail that it answers, else whom its sender belongs to."""
    about = tx.one(_SQL["about"], {"ids": list(letter.refers)}) or {}
    if not about and letter.kind in ("reply", "other"):
        about = known(tx, letter.sender) or {}
    place = ("form", "record_id", "contact_id", "contact_form")
    found = {"outbox": about.get("id"), **{name: about.get(name) for name in place}}
    facts = {**asdict(letter), "attachments": list(letter.attachments), **found}
    if tx.value(_SQL["keep"], facts) is None:
        return 0
    if letter.kind == "bounce" and about:
        if tx.run(_SQL["bounced"], {"id": about["id"]}):
            fall_back(tx, [about["id"]])
    elif letter.kind in ("reply", "other") and about:
        what = "replied" if letter.kind == "reply" else "wrote"
        tell_owners(tx, [{**about, "name": letter.name or letter.sender}], what)
    return 1


def replies(tx: Tx, outbox_id: int) -> list[Row]:
    """What came back about a mail, in order: kind, at, sender, name, subject, text, attachments."""
    return tx.rows(_SQL["replies"], {"id": outbox_id})


def checked(made: Setup) -> Reply:
    """Whether the mailbox opens, for "send me one"."""
    try:
        with _opened(made):
            return Reply("sent")
    except Unread as error:
        return Reply("permanent" if error.why in ("credentials", "no_folder") else "temporary", error.why, error.detail)


@contextlib.contextmanager
def _opened(made: Setup) -> Generator[tuple[imaplib.IMAP4, int]]:
    """The folder, to be read only, and its validity."""
    security, host = made.text("security", "tls"), made.text("host")
    port = int(made.values.get("port") or (993 if security == "tls" else 143))
    box: imaplib.IMAP4 | None = None
    try:
        if security == "tls":
            box = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_S)
        else:
            box = imaplib.IMAP4(host, port, timeout=TIMEOUT_S)
        if security == "starttls":
            box.starttls(ssl.create_default_context())
        _entered(box, made)
        yield box, _validity(box)
    except (OSError, imaplib.IMAP4.abort) as error:
        raise Unread("unreachable", _scrubbed(str(error), made)) from None
    except imaplib.IMAP4.error as error:
        raise Unread("refused", _scrubbed(str(error), made)) from None
    finally:
        if box is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                box.logout()


def _entered(box: imaplib.IMAP4, made: Setup) -> None:
    try:
        box.login(made.text("user"), made.secrets.get("password", ""))
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Unread("credentials", _scrubbed(str(error), made)) from None
    folder = made.text("folder", "INBOX").replace("\\", "\\\\").replace('"', '\\"')
    state, said = box.select(f'"{folder}"', readonly=True)
    if state != "OK":
        raise Unread("no_folder", _scrubbed(str(said[0] or b""), made))


def _scrubbed(text: str, made: Setup) -> str:
    password = made.secrets.get("password")
    return text.replace(password, "***") if password else text


def _validity(box: imaplib.IMAP4) -> int:
    said = box.response("UIDVALIDITY")[1]
    first = said[0] if said else None
    return int(first) if isinstance(first, bytes) and first.isdigit() else 0


def _letters(box: imaplib.IMAP4, since: int | None) -> Iterator[tuple[int, bytes]]:
    """(uid, whole mail), oldest first, of at most `BATCH`."""
    state, said = box.uid("SEARCH", "ALL" if since is None else f"UID {since + 1}:*")
    if state != "OK":
        raise Unread("refused", str(said[0] or b""))
    uids = sorted(int(one) for one in (said[0] or b"").split() if one.isdigit())
    # `n:*` names the last mail even where it lies before n
    uids = uids[-BATCH:] if since is None else [uid for uid in uids if uid > since][:BATCH]
    for uid in uids:
        state, parts = box.uid("FETCH", str(uid), "(BODY.PEEK[])")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if state == "OK" and isinstance(raw, bytes):
            yield uid, raw
