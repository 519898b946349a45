"""A key for a label, as a designer would choose it: pinyin for Chinese, words joined by underscores."""

from pydantic import BaseModel, Field
from pypinyin import lazy_pinyin

from perennial.forms import free_key
from perennial.http.edge import InTx, Router, allow

router = Router(tags=["design"])


class Labelled(BaseModel):
    """`taken`: keys that stand already."""

    label: str = Field(max_length=200)
    taken: list[str] = Field(default_factory=list[str], max_length=1000)


class Proposed(BaseModel):
    key: str


@router.post("/propose-key")
def propose_key(tx: InTx, given: Labelled) -> Proposed:
    allow(tx, "design")
    return Proposed(key=free_key("_".join(lazy_pinyin(given.label.strip())), set(given.taken)))
