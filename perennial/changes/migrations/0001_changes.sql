-- The change log: who wrote what, when and why; the audit trail, the source of reactions, the basis of as-of reading.
CREATE SCHEMA changes;

-- One row per writing transaction and reason.
CREATE TABLE changes.transaction (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    actor  jsonb NOT NULL,
    reason jsonb NOT NULL,
    at     timestamptz NOT NULL,   -- the transaction's clock
    day    date NOT NULL,          -- its day in the workspace's zone
    batch  bigint                  -- NULL: not sealed yet
);
CREATE INDEX ON changes.transaction (batch, id);

-- One row per changed record and statement. op: I insert, U update, D soft delete, R restore, X row removed.
CREATE TABLE changes.change (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    transaction_id bigint NOT NULL,  -- no foreign key: its check would cost each writer more than the row
    form_id        int NOT NULL,
    record_id      bigint NOT NULL,
    op             "char" NOT NULL,
    fields         text[],           -- U, D, R: what changed
    before         jsonb,            -- U, D, R: those fields, as they were; X: the whole row
    after          jsonb,            -- U, D, R: those fields, as they became
    PRIMARY KEY (transaction_id, id)
);
CREATE INDEX ON changes.change (form_id, record_id, id);

-- The hand-over to the reactor: one row per writing statement that changed something.
CREATE TABLE changes.reaction (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    transaction_id bigint NOT NULL,
    form_id        int NOT NULL,
    op             "char" NOT NULL,
    fields         text[],           -- the union over the statement's records; NULL for I and X
    attempts       int NOT NULL DEFAULT 0,
    error          text,
    parked_at      timestamptz,      -- given up after too many attempts; shown
    PRIMARY KEY (transaction_id, id)
);
CREATE INDEX ON changes.reaction (id) WHERE parked_at IS NULL;

-- A sealed batch: a digest per transaction and change, hashed over the batch before it.
CREATE TABLE changes.batch (
    number              bigint PRIMARY KEY,
    day                 date NOT NULL,
    sealed_at           timestamptz NOT NULL,
    transactions        bigint[] NOT NULL,
    transaction_digests bytea NOT NULL,  -- 32 bytes each, in the order of `transactions`
    changes             bigint[] NOT NULL,
    change_digests      bytea NOT NULL,
    previous            bytea NOT NULL,
    hash                bytea NOT NULL
);
CREATE INDEX ON changes.batch (sealed_at);
CREATE INDEX ON changes.batch (day, number);

-- The transaction's row, made on first use. Refuses a write that nobody stands behind.
CREATE FUNCTION changes.transaction_id() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    known text := current_setting('perennial.tx', true);
    made  bigint;
BEGIN
    IF known <> '' THEN
        RETURN known::bigint;
    END IF;
    IF coalesce(current_setting('perennial.actor', true), '') = '' THEN
        RAISE EXCEPTION 'a write without an actor' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO changes.transaction (actor, reason, at, day)
    VALUES (current_setting('perennial.actor')::jsonb,
            coalesce(nullif(current_setting('perennial.reason', true), ''), '{}')::jsonb,
            current_setting('perennial.now')::timestamptz,
            current_setting('perennial.today')::date)
    RETURNING id INTO made;
    PERFORM set_config('perennial.tx', made::text, true);
    RETURN made;
END $$;

-- before-images of one record put on top of each other; called in descending change id, so the oldest wins
CREATE AGGREGATE changes.merged (jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');

CREATE FUNCTION changes.digest(t changes.transaction) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(jsonb_build_array(
        t.id, t.xid::text, t.actor, t.reason, extract(epoch FROM t.at), t.day, t.batch)::text, 'UTF8'));

CREATE FUNCTION changes.digest(c changes.change) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(jsonb_build_array(
        c.id, c.transaction_id, c.form_id, c.record_id, c.op, c.fields, c.before, c.after)::text, 'UTF8'));

CREATE FUNCTION changes.hash(b changes.batch) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(b.previous || convert_to(jsonb_build_array(
        b.number, b.day, extract(epoch FROM b.sealed_at), b.transactions, b.changes)::text, 'UTF8')
        || b.transaction_digests || b.change_digests);

CREATE FUNCTION changes.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a form is never truncated: %', TG_RELID::regclass USING ERRCODE = 'insufficient_privilege';
END $$;
