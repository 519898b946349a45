-- What followed the loser of a merge to the winner beside records: comments on it, to-dos of no process. Taking the
-- transaction back takes them back, and is written here like the merge.
CREATE TABLE records.followed (
    transaction_id bigint NOT NULL,
    what           text NOT NULL CHECK (what IN ('comment', 'task')),
    id             bigint NOT NULL,
    form           text NOT NULL,
    from_id        bigint NOT NULL,
    to_id          bigint NOT NULL,
    PRIMARY KEY (transaction_id, what, id)
);
