-- The organisation as DingTalk, WeCom or Feishu has it: what was read last, and which department of ours is which.
CREATE SCHEMA IF NOT EXISTS connect;
CREATE TABLE connect.organisation (
    channel   text PRIMARY KEY CHECK (channel IN ('dingtalk', 'wecom', 'feishu')),
    read_at   timestamptz,
    units     jsonb NOT NULL DEFAULT '[]',   -- remote, path
    members   jsonb NOT NULL DEFAULT '[]',   -- remote, union, name, mobile, mail, units, active
    daily     boolean NOT NULL DEFAULT false,
    daily_on  date,                          -- the last day that it was done by itself
    synced_at timestamptz,
    problem   text                           -- of the last reading
);
CREATE TABLE connect.unit (
    channel       text NOT NULL REFERENCES connect.organisation,
    remote        text NOT NULL,
    department_id bigint REFERENCES people.department ON DELETE CASCADE,
    choice        text NOT NULL CHECK (choice IN ('is', 'make', 'skip')),
    PRIMARY KEY (channel, remote),
    CHECK ((choice = 'is') = (department_id IS NOT NULL))
);
CREATE INDEX ON connect.unit (department_id);
