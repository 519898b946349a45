-- Which record went into which when two were one: the old link leads on. Of a loser that is back, it says nothing.
CREATE TABLE records.merged (
    form      text NOT NULL,
    loser_id  bigint NOT NULL,
    winner_id bigint NOT NULL,
    at        timestamptz NOT NULL DEFAULT kernel.now(),
    by        bigint,
    PRIMARY KEY (form, loser_id)
);
