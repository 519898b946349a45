"""What a reader asks for: one page of a form."""

from dataclasses import dataclass

from perennial.kernel import Invalid

MOST_ROWS = 500
MOST_COLUMNS = 100
LONGEST_SEARCH = 100
MOST_SKIPPED = 1_000_000
MOST_COLOURS = 10
COLOURS = "$colours"  # no field has this key


@dataclass(frozen=True, slots=True)
class Query:
    """One page.

    filter   a formula of yes or no over the fields that the reader reads
    sort     (field or dotted path, descending)
    after    `next` of the page before
    skip     rows before the page, where the page before is not known: a scroll bar that was dragged
    colours  conditions; the JSON key COLOURS of a row holds the places of those that it meets
    columns  field keys or dotted paths (`customer.tier`); None: all that the reader may see
    """

    filter: str | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    after: str | None = None
    limit: int = 50
    columns: tuple[str, ...] | None = None
    search: str | None = None
    skip: int = 0
    colours: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_ROWS:
            raise Invalid("records.limit", path="limit", value=self.limit, most=MOST_ROWS)
        if not 0 <= self.skip <= MOST_SKIPPED or (self.skip and self.after is not None):
            raise Invalid("records.skip", path="skip", value=self.skip, most=MOST_SKIPPED)
        if len(self.colours) > MOST_COLOURS:
            raise Invalid("records.colours", path="colours", value=len(self.colours), most=MOST_COLOURS)
        if len(self.columns or ()) > MOST_COLUMNS:
            raise Invalid("records.too_many_columns", path="columns", value=len(self.columns or ()), most=MOST_COLUMNS)
        if len(self.search or "") > LONGEST_SEARCH:
            raise Invalid("records.search", path="search", most=LONGEST_SEARCH)
