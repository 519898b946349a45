-- The workspace: one row. Its clock is real, or manual for demo, tests and scratch copies; it never goes back.
CREATE TABLE kernel.workspace (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),
    name            text NOT NULL DEFAULT '',
    kind            text NOT NULL DEFAULT 'real' CHECK (kind IN ('real', 'demo', 'test', 'scratch')),
    zone            text NOT NULL DEFAULT 'Asia/Shanghai',
    clock_kind      text NOT NULL DEFAULT 'real' CHECK (clock_kind IN ('real', 'manual')),
    clock_at        timestamptz NOT NULL DEFAULT '-infinity',  -- manual: the time; real: a floor
    catalog_version bigint NOT NULL DEFAULT 1,                 -- raised by every publication
    settings        jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO kernel.workspace DEFAULT VALUES;

CREATE FUNCTION kernel.clock() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE clock_kind WHEN 'manual' THEN clock_at ELSE greatest(now(), clock_at) END FROM kernel.workspace
$$;
CREATE FUNCTION kernel.now() RETURNS timestamptz LANGUAGE sql STABLE
    RETURN current_setting('perennial.now')::timestamptz;
CREATE FUNCTION kernel.today() RETURNS date LANGUAGE sql STABLE
    RETURN current_setting('perennial.today')::date;

-- Working days. kind: 'holiday', 'workday' (a make-up day). A year without a row counts Monday to Friday, provisional.
CREATE TABLE kernel.calendar (
    day  date PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('holiday', 'workday')),
    name text
);
CREATE TABLE kernel.calendar_year (year int PRIMARY KEY, announced boolean NOT NULL);
