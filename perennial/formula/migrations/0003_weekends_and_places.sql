-- Working weeks of any shape, places in a set, and a mask that shows no more of a long text than of a number.
-- As in 0001: nothing raises on any argument, what has no answer is NULL.

-- `off`: Monday to Sunday, 1 is a day off. Holidays and made-up working days are those of the calendar, whatever the week.
-- How many working days there were from 1900-01-01, a Monday, up to `d`.
CREATE FUNCTION formula.worked(d date, off text) RETURNS int STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (d - date '1899-12-31') / 7 * char_length(replace(off, '1', ''))
           + char_length(replace(left(off, (d - date '1899-12-31') % 7), '1', ''))
           + coalesce((SELECT sum(CASE WHEN (kind = 'workday') = (substr(off, extract(isodow FROM day)::int, 1) = '1')
                                       THEN CASE kind WHEN 'workday' THEN 1 ELSE -1 END ELSE 0 END)
                         FROM kernel.calendar WHERE day BETWEEN date '1900-01-01' AND d), 0)::int $$;
CREATE FUNCTION formula.workdays_between(a date, b date, off text) RETURNS numeric STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN a <= b THEN formula.worked(b, off) - formula.worked(a - 1, off)
                ELSE formula.worked(b - 1, off) - formula.worked(a, off) END::numeric $$;
-- The day with a number is found by halves: two million days are 22 steps.
CREATE FUNCTION formula.workday_offset(start date, n int, off text) RETURNS date STABLE STRICT PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE
    low date := '1900-01-01'; high date := '9999-12-31'; middle date; wanted int;
BEGIN
    IF n = 0 THEN RETURN start; END IF;
    wanted := CASE WHEN n > 0 THEN formula.worked(start, off) + n ELSE formula.worked(start - 1, off) + n + 1 END;
    IF wanted < 1 OR wanted > formula.worked(high, off) THEN RETURN NULL; END IF;
    -- no week is shorter than one working day, and no calendar holds more than a year of holidays in a row
    IF n > 0 AND n < 400000 THEN low := start; high := least(high, start + n * 7 + 400); END IF;
    IF formula.worked(high, off) < wanted THEN high := '9999-12-31'; END IF;
    WHILE low < high LOOP
        middle := low + (high - low) / 2;
        IF formula.worked(middle, off) >= wanted THEN high := middle; ELSE low := middle + 1; END IF;
    END LOOP;
    RETURN low;
END $$;

CREATE FUNCTION formula.percentile(x numeric[], part numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN part BETWEEN 0 AND 1 THEN (
        SELECT formula.num(v[floor(place)::int + 1]
                           + (place - floor(place)) * (coalesce(v[floor(place)::int + 2], 0) - v[floor(place)::int + 1]))
          FROM (SELECT s.v, part * (cardinality(s.v) - 1) AS place
                  FROM (SELECT array_agg(one ORDER BY one) AS v FROM unnest(x) one WHERE one IS NOT NULL) s) placed) END;
CREATE FUNCTION formula.quartile(x numeric[], quarter numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.percentile(x, trunc(quarter) / 4);
CREATE FUNCTION formula.deviation_of(x numeric[]) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num((SELECT stddev_samp(v) FROM unnest(x) v));
CREATE FUNCTION formula.product_of(x numeric[]) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE whole numeric; v numeric;
BEGIN
    FOREACH v IN ARRAY x LOOP
        CONTINUE WHEN v IS NULL;
        whole := round(coalesce(whole, 1) * v, 40);
        IF NOT abs(whole) < 1e40 THEN RETURN NULL; END IF;  -- NaN compares above everything
    END LOOP;
    RETURN formula.num(whole);
END $$;
CREATE FUNCTION formula.quotient(a numeric, b numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(trunc(a / nullif(b, 0)));

CREATE OR REPLACE FUNCTION formula.mask(t text, kind text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN t IS NULL OR t = '' THEN NULL
        WHEN kind = 'phone' AND char_length(t) BETWEEN 11 AND 24
            THEN left(t, char_length(t) - 8) || '****' || right(t, 4)
        WHEN kind = 'mail' AND strpos(t, '@') > 2 AND char_length(t) < 32000 THEN left(t, 1) || '****' || substr(t, strpos(t, '@'))
        WHEN kind = 'name' AND char_length(t) BETWEEN 2 AND 60 THEN left(t, 1) || repeat('*', char_length(t) - 1)
        WHEN kind = 'id' AND char_length(t) BETWEEN 12 AND 60 THEN left(t, 3) || repeat('*', char_length(t) - 7) || right(t, 4)
        ELSE '****' END;
