"""Who a person is in DingTalk, WeCom and Feishu: what is bound, and by who manages people bound and released."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from perennial import people
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Tx

router = Router(tags=["people"])

AccountChannel = Literal["dingtalk", "wecom", "feishu"]


class AccountOut(BaseModel):
    """`remote`: their number of the person; `name`: as they are called there, where it is known."""

    channel: AccountChannel
    remote: str
    name: str | None
    since: dt.datetime


class AccountIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    remote: str = Field(max_length=200)
    name: str = Field(default="", max_length=200)


@router.get("/me/accounts")
def list_my_accounts(tx: InTx) -> list[AccountOut]:
    """Mine, by channel."""
    return _accounts(tx, tx.actor.id or 0)


@router.delete("/me/accounts/{channel}")
def release_my_account(tx: InTx, channel: AccountChannel) -> list[AccountOut]:
    """What waits for me is not shown there any more; one that was not bound is released as well."""
    people.unbind(tx, tx.actor.id or 0, channel)
    return _accounts(tx, tx.actor.id or 0)


@router.get("/people/{person_id}/accounts")
def list_accounts(tx: InTx, person_id: int) -> list[AccountOut]:
    """A colleague's, for who manages people."""
    allow(tx, "people")
    return _accounts(tx, people.find(tx, person_id).id)


@router.put("/people/{person_id}/accounts/{channel}")
def bind_account(tx: InTx, person_id: int, channel: AccountChannel, given: AccountIn) -> list[AccountOut]:
    """The account is theirs from now on: whoever acts there acts here as this person. Somebody else's is refused."""
    allow(tx, "people")
    people.bind(tx, people.find(tx, person_id).id, channel, given.remote, given.name)
    return _accounts(tx, person_id)


@router.delete("/people/{person_id}/accounts/{channel}")
def release_account(tx: InTx, person_id: int, channel: AccountChannel) -> list[AccountOut]:
    """The person has no account there any more."""
    allow(tx, "people")
    people.unbind(tx, people.find(tx, person_id).id, channel)
    return _accounts(tx, person_id)


def _accounts(tx: Tx, person_id: int) -> list[AccountOut]:
    return [
        AccountOut.model_validate(
            {"channel": one.channel, "remote": one.remote, "name": one.name, "since": one.since}
        )
        for one in people.accounts_of(tx, person_id)
    ]  # fmt: skip
