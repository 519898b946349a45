"""The indexes that the whole workspace wants: records know the views and the forms, processes the dates."""

from perennial import processes, records
from perennial.kernel import Database, Tx


def watched(tx: Tx) -> list[records.Watched]:
    """The dates by which processes find what is due."""
    return [
        records.Watched(process.form, start.date, process.label)
        for process in processes.current(tx)
        for start in process.starts
        if start.on == "date"
    ]


def build_indexes(database: Database) -> list[str]:
    """Everything that is wanted stands afterwards; see `records.build_indexes`."""
    return records.build_indexes(database, watched)
