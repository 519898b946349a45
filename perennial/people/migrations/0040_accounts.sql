-- Who a person is in DingTalk, WeCom and Feishu: one account of each, and of each account one person.
CREATE TABLE people.account (
    channel   text NOT NULL CHECK (channel IN ('dingtalk', 'wecom', 'feishu')),
    person_id bigint NOT NULL REFERENCES people.person ON DELETE CASCADE,
    remote    text NOT NULL CHECK (remote <> ''),  -- the other side's number of the person
    name      text,                                -- as they are called there
    since     timestamptz NOT NULL DEFAULT kernel.now(),
    PRIMARY KEY (channel, person_id),
    UNIQUE (channel, remote)
);
CREATE INDEX ON people.account (person_id);
