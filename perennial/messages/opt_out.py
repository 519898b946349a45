"""A contact's own link: who follows it and says so gets no reminders any more.

    /api/opt-out/<form>.<contact>.<signature>

The link says who it is for and is signed with a secret of this installation: nobody can make one for somebody else, and
it needs no session. Looking at the page changes nothing (mail programs look at every link); saying so does.
"""

import hashlib
import hmac
import secrets

from perennial.kernel import Missing, Tx

_SECRET = "SELECT secret FROM messages.signing"


def path_of(tx: Tx, form: str, contact: int) -> str:
    """The path of this contact's link."""
    return f"/api/opt-out/{form}.{contact}.{_signature(_secret(tx), form, contact)}"


def contact_of(tx: Tx, token: str) -> tuple[str, int]:
    """(form, contact) that a link is for; Missing when we have not made it."""
    form, _, rest = token.partition(".")
    number, _, signature = rest.partition(".")
    if number.isascii() and number.isdigit() and len(number) < 19:
        right = _signature(_secret(tx), form, int(number))
        if hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
            return form, int(number)
    raise Missing("messages.no_link")


def opted_out(tx: Tx, form: str, contact: int) -> bool:
    sql = "SELECT EXISTS (SELECT FROM messages.opt_out WHERE form = %(form)s AND contact_id = %(contact)s)"
    return bool(tx.value(sql, {"form": form, "contact": contact}))


def opt_out(tx: Tx, form: str, contact: int, *, by_link: bool) -> None:
    """No reminder leaves for this contact from the next claim on. A second time changes nothing."""
    tx.run(
        "INSERT INTO messages.opt_out (form, contact_id, at, how, by) VALUES (%(form)s, %(contact)s, %(now)s, %(how)s,"
        " %(by)s::jsonb) ON CONFLICT DO NOTHING",
        {
            "form": form, "contact": contact, "how": "link" if by_link else "person",
            "by": None if by_link else tx.actor.as_json(),
        },
    )  # fmt: skip


def opt_in(tx: Tx, form: str, contact: int) -> None:
    """They are reminded again."""
    tx.run(
        "DELETE FROM messages.opt_out WHERE form = %(form)s AND contact_id = %(contact)s",
        {"form": form, "contact": contact},
    )


def _secret(tx: Tx) -> str:
    """Made when it is needed for the first time."""
    if "messages.signing" not in tx.memo:
        found = tx.value(_SECRET)
        if found is None:
            tx.run(
                "INSERT INTO messages.signing (secret) VALUES (%(secret)s) ON CONFLICT DO NOTHING",
                {"secret": secrets.token_urlsafe(32)},
            )
            found = tx.value(_SECRET)
        tx.memo["messages.signing"] = str(found)
    return tx.memo["messages.signing"]


def _signature(secret: str, form: str, contact: int) -> str:
    return hmac.new(secret.encode(), f"opt-out.{form}.{contact}".encode(), hashlib.sha256).hexdigest()[:32]
