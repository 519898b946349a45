"""So many days or workdays before or after a date: as SQL, and as a range of dates that an index serves."""

import datetime as dt


def moment(basis: str, offset: int, unit: str) -> str:
    """SQL: the day. `basis`: a date column; `unit`: days or workdays."""
    return f"{basis} + ({offset})" if unit == "days" else f"kernel.workday_offset({basis}, {offset})"


def reach(offset: int, unit: str) -> tuple[int, int]:
    """The least and the most calendar days that an offset may come to."""
    if unit == "days":
        return offset, offset
    near, far = sorted((offset, offset * 3 + (40 if offset > 0 else -40)))
    return near, far


def shifted(day: dt.date, count: int) -> dt.date:
    """So many days on, as far as the calendar goes."""
    try:
        return day + dt.timedelta(days=count)
    except OverflowError:
        return dt.date.max if count > 0 else dt.date.min
