from perennial.kernel import SYSTEM, Database, defer


def test_a_job_is_queued_with_the_transaction_that_wants_it(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        defer(tx, "imports.run", import_id=7)
    with database.begin(SYSTEM) as tx:
        assert tx.rows("SELECT task_name, args, status::text FROM procrastinate.procrastinate_jobs") == [
            {"task_name": "imports.run", "args": {"import_id": 7}, "status": "todo"}
        ]
