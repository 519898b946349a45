-- Imports: what was uploaded, how it is mapped, what was found, what was written.
-- The rows of a file stand in imports.rows_<id>: row (its number in the file), skip, c1, c2 … (text, trimmed, NULL = blank).
CREATE SCHEMA imports;

CREATE TABLE imports.import (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form           text NOT NULL,                -- the form that a row is about; mapping.targets may name more
    state          text NOT NULL CHECK (state IN ('mapping', 'checked', 'queued', 'running', 'done', 'failed', 'undone')),
    file_name      text NOT NULL,
    sha256         text NOT NULL,
    options        jsonb NOT NULL DEFAULT '{}',  -- sheet, header_row, encoding, delimiter as the person chose them
    about          jsonb NOT NULL,               -- what was read: kind, sheets, sheet, header_row, columns, rows, notes
    mapping        jsonb NOT NULL DEFAULT '{}',
    checked        jsonb,                        -- the dry run: counts, sums, seconds
    result         jsonb,                        -- the run: counts, sums, seconds
    undone         jsonb,                        -- the undo: removed, restored, kept
    answer         text NOT NULL DEFAULT 'tasks' CHECK (answer IN ('tasks', 'latest', 'all', 'none')),
    skip_errors    boolean NOT NULL DEFAULT false,
    error          jsonb,                        -- why it failed: code, facts
    transaction_id bigint,                       -- changes.transaction of the run
    created_at     timestamptz NOT NULL DEFAULT kernel.now(),
    created_by     bigint,
    created_label  text NOT NULL DEFAULT '',
    run_by         bigint,                       -- on whose behalf it runs
    run_label      text NOT NULL DEFAULT '',
    finished_at    timestamptz
);
CREATE INDEX ON imports.import (sha256);

-- The upload itself, until the import is done: another sheet or header row may be chosen.
CREATE TABLE imports.file (import_id bigint PRIMARY KEY REFERENCES imports.import ON DELETE CASCADE, content bytea NOT NULL);
ALTER TABLE imports.file ALTER content SET STORAGE EXTERNAL;

-- Where a run stands. Written by a connection of its own while the run's transaction is open; never goes back.
CREATE TABLE imports.progress (
    import_id bigint PRIMARY KEY,                -- no foreign key: the run's transaction holds that row
    step      int NOT NULL,                      -- 1 read, 2 match, 3 … one per form, last
    steps     int NOT NULL,
    label     text NOT NULL,                     -- check, match, write:<form>, finish
    rows      bigint NOT NULL,                   -- file rows behind this step
    total     bigint NOT NULL
);

-- What the last check found. field NULL: the row as a whole.
CREATE TABLE imports.problem (
    import_id bigint NOT NULL,
    severity  text NOT NULL CHECK (severity IN ('error', 'hint')),
    code      text NOT NULL,
    row       int NOT NULL,
    form      text NOT NULL,
    field     text,
    position  int,                               -- the column in the file, from 1
    value     text,
    facts     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ON imports.problem (import_id, severity, code, row);

-- Cells that a person changed in the staging table.
CREATE TABLE imports.fix (
    import_id bigint NOT NULL REFERENCES imports.import ON DELETE CASCADE,
    position  int NOT NULL,
    row       int,                               -- NULL: every cell that held `old`
    old       text,
    new       text,
    by        bigint,
    at        timestamptz NOT NULL DEFAULT kernel.now()
);

-- Named mappings, to be used again.
CREATE TABLE imports.plan (name text PRIMARY KEY, form text NOT NULL, mapping jsonb NOT NULL, by bigint);

-- What the importing person should call each value. All of these are total: what is not understood is NULL, and the
-- function of the same kind that begins with why_ names the reason. Common forms are caught before these are called
-- (perennial/records/imports/cast.py), so these may be slow.

-- Full-width digits and marks as their usual form, invisible characters gone, outer blanks gone.
CREATE FUNCTION imports.plain(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN nullif(btrim(
        CASE WHEN octet_length(t) = char_length(t) THEN t
             ELSE translate(t, U&'０１２３４５６７８９．，－＋％／：（）￥＄\3000\00A0\2212\200B\200C\200D\FEFF\2060\202A\202C\202D\200E\200F',
                            '0123456789.,-+%/:()¥$  -') END, E' \t\r\n'), '');

CREATE FUNCTION imports.is_error(t text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN t IN ('#NULL!', '#DIV/0!', '#VALUE!', '#REF!', '#NAME?', '#NUM!', '#N/A', '#GETTING_DATA', '#SPILL!', '#CALC!');

-- A number as people write it: 1,234.50 · ￥12万 · 1.2亿元 · (1,200.00) · 12% · １２３４
CREATE FUNCTION imports.to_number(t text) RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    s text := imports.plain(t);
    sign numeric := 1;
    scale numeric := 1;
    value numeric;
BEGIN
    IF s IS NULL OR char_length(s) > 60 THEN RETURN NULL; END IF;
    IF s ~ '^\(.*\)$' THEN
        sign := -1;
        s := btrim(substr(s, 2, char_length(s) - 2));
    END IF;
    s := regexp_replace(s, '^([+-]?) *(¥|\$|€|£|CNY|RMB|人民币|USD) *', '\1', 'i');
    IF s ~ '^-' THEN sign := -sign; END IF;
    s := regexp_replace(s, '^[+-] *', '');
    s := regexp_replace(s, ' *(元整|元|圆|CNY|RMB)$', '', 'i');
    IF s ~ '%$' THEN
        scale := 0.01;
        s := rtrim(s, '% ');
    ELSIF s ~ '[万萬亿億千]$' THEN
        scale := CASE right(s, 1) WHEN '千' THEN 1000 WHEN '万' THEN 10000 WHEN '萬' THEN 10000 ELSE 100000000 END;
        s := btrim(left(s, -1));
        IF s ~ '[万萬]$' AND scale = 100000000 THEN  -- 万亿
            scale := scale * 10000;
            s := btrim(left(s, -1));
        END IF;
    END IF;
    IF s ~ '^\d{1,3}(,\d{3})+(\.\d+)?$' THEN
        s := replace(s, ',', '');
    ELSIF s ~ '^\d{1,4}(,\d{4})+(\.\d+)?$' THEN  -- grouped by ten thousands
        s := replace(s, ',', '');
    END IF;
    IF s !~ '^(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$' THEN RETURN NULL; END IF;
    value := s::numeric * scale * sign;
    RETURN CASE WHEN abs(value) < 1e20 THEN value END;
END $$;

-- 〇一二 … as digits inside a date: 二〇二六年三月十一日 -> 2026年3月11日
CREATE FUNCTION imports.chinese_digits(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    parts text[] := regexp_match(t, '^([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]?$');
    small text;
    n int[] := '{}';
BEGIN
    IF parts IS NULL THEN RETURN t; END IF;
    FOREACH small IN ARRAY parts[2:3] LOOP
        IF small !~ '^([一二三]?十)?[一二三四五六七八九]?$' THEN RETURN NULL; END IF;
        n := n || (CASE WHEN small LIKE '%十%' THEN 10 * coalesce(nullif(strpos('一二三', split_part(small, '十', 1)), 0), 1)
                        ELSE 0 END
                   + CASE WHEN small LIKE '%十' THEN 0 ELSE strpos('一二三四五六七八九', right(small, 1)) END);
    END LOOP;
    RETURN translate(parts[1], '〇○零一二三四五六七八九', '000123456789') || '年' || n[1] || '月' || n[2] || '日';
END $$;

-- A moment without zone. `ordering`: what 3/4/2026 means in this column: mdy, dmy, or NULL: nothing.
CREATE FUNCTION imports.to_timestamp(t text, ordering text) RETURNS timestamp IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    s text := imports.plain(t);
    p text[];
    y int; m int; d int;
    clock text; iso text; serial numeric;
BEGIN
    IF s IS NULL OR char_length(s) > 50 THEN RETURN NULL; END IF;
    s := regexp_replace(imports.chinese_digits(s), '^(.*[\d日号]) *(?:\(?(?:星期|周)[一二三四五六日天]\)?) *', '\1 ');
    s := btrim(replace(replace(s, '上午', ' '), 'T', ' '));
    p := regexp_match(s, '^(\d{4}) *([-/.年]) *(\d{1,2}) *([-/.月]) *(\d{1,2}) *[日号]?(?: +(.*)|(\d{1,2}[:时点].*))?$');
    IF p IS NOT NULL AND (p[2] = p[4] OR (p[2] = '年' AND p[4] = '月')) THEN
        y := p[1]::int; m := p[3]::int; d := p[5]::int; clock := coalesce(p[6], p[7]);
    ELSIF s ~ '^(19|20|21)\d{6}$' THEN
        y := left(s, 4)::int; m := substr(s, 5, 2)::int; d := right(s, 2)::int;
    ELSIF s ~ '^\d{5,6}(\.\d+)?$' THEN  -- a serial of Excel: 10000 (1927) to 109574 (2199)
        serial := s::numeric;
        IF serial NOT BETWEEN 10000 AND 109574 THEN RETURN NULL; END IF;
        RETURN timestamp '1899-12-30' + make_interval(days => floor(serial)::int, secs => round((serial - floor(serial)) * 86400)::float8);
    ELSE
        p := regexp_match(s, '^(\d{1,2})([-/.])(\d{1,2})([-/.])(\d{4})(?: +(.*))?$');
        IF p IS NOT NULL AND p[2] = p[4] THEN
            y := p[5]::int; clock := p[6];
            IF ordering = 'dmy' THEN d := p[1]::int; m := p[3]::int;
            ELSIF ordering = 'mdy' THEN m := p[1]::int; d := p[3]::int;
            ELSE RETURN NULL; END IF;
        ELSIF s ~* '^(\d{1,2}[- ][a-z]{3,9}[- ,]+\d{4}|[a-z]{3,9}\.? \d{1,2},? \d{4})$' AND pg_input_is_valid(s, 'date') THEN
            RETURN s::date::timestamp;
        ELSE
            RETURN NULL;
        END IF;
    END IF;
    iso := lpad(y::text, 4, '0') || '-' || lpad(m::text, 2, '0') || '-' || lpad(d::text, 2, '0');
    IF y NOT BETWEEN 1900 AND 9999 OR NOT pg_input_is_valid(iso, 'date') THEN RETURN NULL; END IF;
    clock := nullif(btrim(regexp_replace(coalesce(clock, ''), '(?:Z|\+00:?00)$', '')), '');
    IF clock IS NULL THEN RETURN iso::timestamp; END IF;
    p := regexp_match(clock, '^(下午|PM|AM)? *(\d{1,2})[:时点](\d{1,2})?(?:[:分](\d{1,2}(?:\.\d+)?)?)?秒?分? *(PM|AM)?$', 'i');
    IF p IS NULL OR p[2]::int > 23 OR coalesce(p[3]::int, 0) > 59 OR coalesce(p[4]::numeric, 0) >= 60 THEN RETURN NULL; END IF;
    y := p[2]::int;
    IF upper(coalesce(p[1], p[5])) IN ('下午', 'PM') AND y < 12 THEN y := y + 12;
    ELSIF upper(coalesce(p[1], p[5])) = 'AM' AND y = 12 THEN y := 0; END IF;
    RETURN iso::timestamp + make_interval(hours => y, mins => coalesce(p[3]::int, 0), secs => coalesce(p[4]::float8, 0));
END $$;

CREATE FUNCTION imports.to_date(t text, ordering text) RETURNS date IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN imports.to_timestamp(t, ordering)::date;

-- A moment: with an offset or Z as it says, else in the workspace's zone.
CREATE FUNCTION imports.to_moment(t text, ordering text, zone text) RETURNS timestamptz STABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE s text := imports.plain(t); own text[];
BEGIN
    IF imports.to_timestamp(s, ordering) IS NOT NULL AND s !~ '(Z|[+-]\d\d:?\d\d)$' THEN
        RETURN imports.to_timestamp(s, ordering) AT TIME ZONE zone;
    END IF;
    own := regexp_match(s, '^(.*\d)(Z|[+-]\d\d:?\d\d)$');
    IF own IS NULL THEN RETURN imports.to_timestamp(s, ordering) AT TIME ZONE zone; END IF;
    IF own[2] <> 'Z' AND own[1] !~ '\d:\d' THEN RETURN imports.to_timestamp(s, ordering) AT TIME ZONE zone; END IF;
    IF imports.to_timestamp(own[1], ordering) IS NULL THEN RETURN NULL; END IF;
    IF own[2] <> 'Z' AND NOT pg_input_is_valid('2000-01-01 00:00' || own[2], 'timestamptz') THEN RETURN NULL; END IF;
    RETURN (imports.to_timestamp(own[1], ordering)::text || CASE own[2] WHEN 'Z' THEN '+00' ELSE own[2] END)::timestamptz;
END $$;

CREATE FUNCTION imports.to_yes_no(t text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN lower(imports.plain(t)) IN ('是', 'y', 'yes', 'true', 't', '1', '√', '✓', '✔', '对', '有', '真', 'on') THEN true
                WHEN lower(imports.plain(t)) IN ('否', 'n', 'no', 'false', 'f', '0', '×', '✗', '✘', '错', '无', '假', 'off', '不是') THEN false END;

CREATE FUNCTION imports.to_phone(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN imports.plain(t) ~ '^[+]?[0-9][0-9 ()./-]{1,38}[0-9]( *(转|x|ext\.?|#) *[0-9]{1,8})?$' THEN imports.plain(t) END;
CREATE FUNCTION imports.to_mail(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN char_length(t) <= 320 AND imports.plain(t) ~ '^[^@\s,;<>"]+@[^@\s,;<>".]+(\.[^@\s,;<>".]+)+$' THEN imports.plain(t) END;
CREATE FUNCTION imports.to_link(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN char_length(t) <= 2000 AND t !~ '\s' AND t !~* '^(javascript|data|vbscript|file):' THEN t END;

-- Keys of the options named in a list: labels or keys separated by commas, semicolons, 、 or bars. NULL if one is unknown.
CREATE FUNCTION imports.to_options(t text, known jsonb) RETURNS text[] IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN bool_and(known ? lower(btrim(part))) THEN array_agg(DISTINCT known ->> lower(btrim(part))) END
      FROM regexp_split_to_table(t, '[,;，；、|\n]+') part WHERE btrim(part) <> ''
$$;

-- Why a cell that has no value is wrong.
CREATE FUNCTION imports.why_date(t text, ordering text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE s text := imports.plain(t);
BEGIN
    IF imports.is_error(t) THEN RETURN 'imports.error_cell'; END IF;
    IF s ~ '^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}' AND coalesce(ordering, '') NOT IN ('mdy', 'dmy') THEN RETURN 'imports.date_order'; END IF;
    IF s ~ '^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}' OR s ~ '^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}' OR s ~ '^\d{8}$' THEN RETURN 'imports.no_such_day'; END IF;
    IF s ~ '^\d{4}[-/.年]\d{1,2}月?$' OR s ~ '^\d{4}年?$' THEN RETURN 'imports.date_no_day'; END IF;
    RETURN 'imports.not_a_date';
END $$;
