-- Working days as arithmetic. A day's number is how many working days there were up to it: Monday to Friday in closed form,
-- plus a correction that changes only at the few days of kernel.calendar that differ from Monday to Friday. The corrections
-- stand as constants in three generated functions, which need no table when they run (0.5 µs a call).

CREATE FUNCTION kernel.calendar_rebuild() RETURNS void LANGUAGE plpgsql AS $rebuild$
DECLARE
    days        date[];      -- where the correction changes, ascending
    corrections int[];       -- from that day on
    numbers     bigint[];    -- the number of that day
    made_up     date[];      -- that day when it is a working day at a weekend, else never
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('kernel.calendar', 0));
    WITH differing AS (
        SELECT day, kind, CASE kind WHEN 'workday' THEN 1 ELSE -1 END AS step
          FROM kernel.calendar
         WHERE (kind = 'workday') = (extract(isodow FROM day) > 5)
    ), summed AS (
        SELECT day, kind, (sum(step) OVER (ORDER BY day))::int AS correction FROM differing
    )
    SELECT coalesce(array_agg(day ORDER BY day), '{}'), coalesce(array_agg(correction ORDER BY day), '{}'),
           coalesce(array_agg(correction + (day - date '0001-01-01') / 7 * 5
                              + least((day - date '0001-01-01') % 7 + 1, 5) ORDER BY day), '{}'),
           coalesce(array_agg(CASE kind WHEN 'workday' THEN day ELSE 'infinity' END ORDER BY day), '{}')
      INTO days, corrections, numbers, made_up
      FROM summed;

    -- number of working days up to and including d; 0001-01-01 was a Monday
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION kernel.workday_number(d date) RETURNS bigint LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $f$
        DECLARE k int;
        BEGIN
            IF d < date '0001-01-01' OR d > date '9999-12-31' THEN RETURN NULL; END IF;
            k := d - date '0001-01-01';
            RETURN k / 7 * 5 + least(k %% 7 + 1, 5) + coalesce((%L::int[])[width_bucket(d, %L::date[])], 0);
        END $f$ $sql$, corrections, days);

    -- the working day with this number
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION kernel.workday_numbered(n bigint) RETURNS date LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $f$
        DECLARE i int; w bigint; found date;
        BEGIN
            IF n < 1 OR n > 3000000 THEN RETURN NULL; END IF;
            i := width_bucket(n - 1, %L::bigint[]);
            w := n - 1 - coalesce((%L::int[])[i], 0);
            found := least(date '0001-01-01' + (w / 5 * 7 + w %% 5)::int, (%L::date[])[i + 1]);
            RETURN CASE WHEN found <= date '9999-12-31' THEN found END;
        END $f$ $sql$, numbers, corrections, made_up);
END $rebuild$;

SELECT kernel.calendar_rebuild();

-- Like Excel's WORKDAY: the working day `days` after (before, when negative) `start`; blank beyond the calendar.
CREATE FUNCTION kernel.workday_offset(start date, days int) RETURNS date
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF days > 0 THEN RETURN kernel.workday_numbered(kernel.workday_number(start) + days); END IF;
    IF days = 0 THEN RETURN start; END IF;
    IF start <= date '0001-01-01' OR start > date '9999-12-31' THEN RETURN NULL; END IF;
    RETURN kernel.workday_numbered(kernel.workday_number(start - 1) + 1 + days);
END $$;

-- Like Excel's NETWORKDAYS: working days from `first` to `last`, both included; negative when they stand the other way round.
CREATE FUNCTION kernel.workdays_between(first date, last date) RETURNS int
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF least(first, last) <= date '0001-01-01' OR greatest(first, last) > date '9999-12-31' THEN RETURN NULL; END IF;
    IF first <= last THEN RETURN kernel.workday_number(last) - kernel.workday_number(first - 1); END IF;
    RETURN kernel.workday_number(last - 1) - kernel.workday_number(first);
END $$;

CREATE FUNCTION kernel.is_workday(d date) RETURNS boolean LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN kernel.workdays_between(d, d) = 1;

-- A year that was not announced yet counts Monday to Friday, provisional.
CREATE FUNCTION kernel.calendar_provisional(d date) RETURNS boolean LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN NOT EXISTS (SELECT FROM kernel.calendar_year y WHERE y.year = extract(year FROM d) AND y.announced);

CREATE FUNCTION kernel.calendar_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kernel.calendar_rebuild();
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kernel.calendar
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.calendar_changed();
