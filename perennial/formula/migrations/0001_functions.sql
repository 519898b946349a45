-- The SQL side of the formula language. Nothing here raises on any argument: what has no answer is NULL, which is blank.
-- IMMUTABLE, and single expressions wherever possible, so that the planner inlines them and indexes may use them.
CREATE SCHEMA formula;

-- Numbers: |x| < 1e20 with 10 decimals. NaN compares above everything, so it falls out as well.
CREATE FUNCTION formula.num(x numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(x) < 99999999999999999999.99999999995 THEN trim_scale(round(x, 10)) END;
CREATE FUNCTION formula.div(a numeric, b numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(a / nullif(b, 0));
CREATE FUNCTION formula.mod(a numeric, b numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(mod(mod(a, nullif(b, 0)) + b, nullif(b, 0)));  -- the sign of the divisor, as in Excel
CREATE FUNCTION formula.int(x numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(floor(x));
CREATE FUNCTION formula.small(x numeric) RETURNS int IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(x) < 10000000 THEN trunc(x)::int END;  -- a count of days, months, characters or digits
CREATE FUNCTION formula.power(a numeric, b numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE size float8;
BEGIN
    IF a IS NULL OR b IS NULL OR NOT (abs(a) < 1e20 AND abs(b) < 1e20) THEN RETURN NULL; END IF;
    IF a = 0 THEN RETURN CASE WHEN b > 0 THEN 0 END; END IF;
    IF b = 0 OR a = 1 THEN RETURN 1; END IF;
    IF a < 0 AND b <> trunc(b) THEN RETURN NULL; END IF;
    IF a = -1 THEN RETURN CASE WHEN mod(b, 2) = 0 THEN 1 ELSE -1 END; END IF;
    size := b::float8 * log(abs(a)::float8);
    IF size = 0 THEN size := b::float8 * (abs(a) - 1)::float8 / ln(10::float8); END IF;  -- a within 1e-16 of 1
    IF size > 20.5 THEN RETURN NULL; ELSIF size < -11 THEN RETURN 0; END IF;
    IF abs(b) > 100000 THEN RETURN formula.num(exp(b * ln(abs(a))) * CASE WHEN a < 0 AND mod(b, 2) <> 0 THEN -1 ELSE 1 END); END IF;
    RETURN formula.num(power(a, b));
END $$;
CREATE FUNCTION formula.round(x numeric, digits numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(round(x, least(greatest(trunc(digits), -40), 40)::int));
CREATE FUNCTION formula.round_down(x numeric, digits numeric DEFAULT 0) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(trunc(x, least(greatest(trunc(digits), -40), 40)::int));
CREATE FUNCTION formula.round_up(x numeric, digits numeric DEFAULT 0) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num(sign(x) * ceil(abs(x) * power(10::numeric, least(greatest(trunc(digits), -40), 40)))
                       / power(10::numeric, least(greatest(trunc(digits), -40), 40)));

-- Text: at most 32,767 characters; empty text is blank.
CREATE FUNCTION formula.txt(t text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN char_length(t) <= 32767 THEN nullif(t, '') END;
CREATE FUNCTION formula.cat(a text, b text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN formula.txt(coalesce(a, '') || coalesce(b, ''));
CREATE FUNCTION formula.len(t text) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN coalesce(char_length(t), 0)::numeric;
CREATE FUNCTION formula.left(t text, n numeric DEFAULT 1) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN n >= 0 THEN nullif(left(t, trunc(least(n, 32767))::int), '') END;
CREATE FUNCTION formula.right(t text, n numeric DEFAULT 1) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN n >= 0 THEN nullif(right(t, trunc(least(n, 32767))::int), '') END;
CREATE FUNCTION formula.mid(t text, start numeric, n numeric) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN n >= 0 AND start >= 1
                THEN nullif(substr(t, trunc(least(start, 40000))::int, trunc(least(n, 32767))::int), '') END;
CREATE FUNCTION formula.trim(t text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN nullif(regexp_replace(btrim(t, ' '), ' {2,}', ' ', 'g'), '');
CREATE FUNCTION formula.substitute(t text, old text, new text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN old IS NULL OR old = '' OR t IS NULL THEN t
                WHEN char_length(t)::bigint + (char_length(t) - char_length(replace(t, old, '')))::bigint
                     * (char_length(coalesce(new, '')) - char_length(old)) / char_length(old) <= 32767
                THEN nullif(replace(t, old, coalesce(new, '')), '') END;
CREATE FUNCTION formula.substitute(t text, old text, new text, nth numeric) RETURNS text IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE parts text[]; n int := formula.small(nth);
BEGIN
    IF n IS NULL OR n < 1 OR t IS NULL THEN RETURN NULL; END IF;
    IF old IS NULL OR old = '' THEN RETURN t; END IF;
    parts := string_to_array(t, old);
    IF n >= cardinality(parts) THEN RETURN t; END IF;
    RETURN formula.txt(array_to_string(parts[:n], old) || coalesce(new, '') || array_to_string(parts[n + 1:], old));
END $$;
CREATE FUNCTION formula.num_text(x numeric) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN formula.num(x)::text;
CREATE FUNCTION formula.bool_text(b boolean) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN b THEN 'TRUE' WHEN NOT b THEN 'FALSE' END;
-- A number written by people: spaces, thousands commas, a currency sign, a percent sign, full-width digits.
CREATE FUNCTION formula.value(t text) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    plain text := translate(left(t, 100), '０１２３４５６７８９．－＋％，　¥￥$, ', '0123456789.-+%');
    percent boolean := right(plain, 1) = '%';
    minus boolean := plain LIKE '(%)';
    fits boolean;
BEGIN
    plain := CASE WHEN minus THEN substr(plain, 2, char_length(plain) - 2) ELSE rtrim(plain, '%') END;
    fits := char_length(t) <= 100 AND (CASE WHEN translate(plain, '0123456789.+-', '') = ''
        THEN pg_input_is_valid(plain, 'numeric')  -- a tenth of the regular expression's time
        ELSE plain ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$' END);
    IF fits THEN
        RETURN formula.num(plain::numeric * CASE WHEN percent THEN 0.01 ELSE 1 END * CASE WHEN minus THEN -1 ELSE 1 END);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION formula.text_number(x numeric, pattern text, before text, after text, scale numeric) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE n numeric := formula.num(x * scale);
BEGIN
    IF n IS NULL THEN RETURN NULL; END IF;
    RETURN CASE WHEN n < 0 AND btrim(to_char(abs(n), pattern)) ~ '[1-9]' THEN '-' ELSE '' END
           || before || btrim(to_char(abs(n), pattern)) || after;
END $$;
CREATE FUNCTION formula.text_moment(t timestamp, pattern text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN t BETWEEN '1900-01-01' AND '9999-12-31 23:59:59.999999' THEN formula.txt(to_char(t, pattern)) END;
END $$;

-- Dates: 1900-01-01 to 9999-12-31.
CREATE FUNCTION formula.day(d date) RETURNS date IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN d BETWEEN '1900-01-01'::date AND '9999-12-31'::date THEN d END;
CREATE FUNCTION formula.add_days(d date, n numeric) RETURNS date IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN floor(n) BETWEEN date '1900-01-01' - formula.day(d) AND date '9999-12-31' - formula.day(d)
                THEN d + formula.small(floor(n)) END;  -- a bare cast would raise when the planner folds a literal
CREATE FUNCTION formula.moment(t timestamptz) RETURNS timestamptz IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN t BETWEEN '1900-01-01 00:00+14'::timestamptz AND '9999-12-31 00:00+00'::timestamptz THEN t END;
CREATE FUNCTION formula.add_days(t timestamptz, n numeric) RETURNS timestamptz IMMUTABLE PARALLEL SAFE
    RETURN formula.moment(formula.moment(t) + CASE WHEN n > -2400000 AND n < 3000000
                          THEN make_interval(secs => (n * 86400)::float8) END);
CREATE FUNCTION formula.days(a date, b date) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN (formula.day(a) - formula.day(b))::numeric;
CREATE FUNCTION formula.days(a timestamptz, b timestamptz) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN round(extract(epoch FROM formula.moment(a) - formula.moment(b)) / 86400, 10);
CREATE FUNCTION formula.date(y numeric, m numeric, d numeric) RETURNS date IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN y >= 0 AND y < 10000 AND m > -40000 AND m < 120000 AND d > -1100000 AND d < 4000000 THEN formula.day((
        timestamp '1900-01-01' + make_interval(
            months => formula.small((trunc(y) - CASE WHEN y < 1900 THEN 0 ELSE 1900 END) * 12 + trunc(m) - 1),
            days => formula.small(trunc(d) - 1)))::date) END;
CREATE FUNCTION formula.edate(d date, months numeric) RETURNS date IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN months > -40000 AND months < 120000 THEN
        formula.day((formula.day(d)::timestamp + make_interval(months => trunc(months)::int))::date) END;
CREATE FUNCTION formula.eomonth(d date, months numeric) RETURNS date IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN months > -40000 AND months < 120000 THEN formula.day((
        date_trunc('month', formula.day(d)::timestamp + make_interval(months => trunc(months)::int))
        + interval '1 month - 1 day')::date) END;
CREATE FUNCTION formula.year(d date) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN extract(year FROM formula.day(d));
CREATE FUNCTION formula.month(d date) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN extract(month FROM formula.day(d));
CREATE FUNCTION formula.day_of(d date) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN extract(day FROM formula.day(d));
CREATE FUNCTION formula.weekday(d date, system numeric DEFAULT 1) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE trunc(system)
        WHEN 1 THEN extract(dow FROM formula.day(d)) + 1
        WHEN 2 THEN extract(isodow FROM formula.day(d))
        WHEN 3 THEN extract(isodow FROM formula.day(d)) - 1
        ELSE CASE WHEN trunc(system) BETWEEN 11 AND 17
                  THEN mod(extract(isodow FROM formula.day(d)) - (trunc(system) - 10) + 7, 7) + 1 END END;
CREATE FUNCTION formula.date_text(d date) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN lpad(extract(year FROM formula.day(d))::int::text, 4, '0')
           || '-' || lpad(extract(month FROM d)::int::text, 2, '0')
           || '-' || lpad(extract(day FROM d)::int::text, 2, '0');
CREATE FUNCTION formula.datedif(a date, b date, unit text) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    months int;
    same date;  -- `b` moved back by whole years to the year after `a`, as Excel counts
BEGIN
    a := formula.day(a); b := formula.day(b);
    IF a IS NULL OR b IS NULL OR a > b THEN RETURN NULL; END IF;
    months := (extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) - extract(month FROM a)
              - CASE WHEN extract(day FROM b) < extract(day FROM a) THEN 1 ELSE 0 END;
    CASE upper(unit)
        WHEN 'Y' THEN RETURN months / 12;
        WHEN 'M' THEN RETURN months;
        WHEN 'D' THEN RETURN b - a;
        WHEN 'YM' THEN RETURN months % 12;
        WHEN 'MD' THEN
            IF extract(day FROM b) >= extract(day FROM a) THEN RETURN extract(day FROM b) - extract(day FROM a); END IF;
            -- days left in the month before b, then the days of b: what Excel counts
            RETURN extract(day FROM (date_trunc('month', b::timestamp) - interval '1 day'))
                   - extract(day FROM a) + extract(day FROM b);
        WHEN 'YD' THEN
            same := (b::timestamp - make_interval(months => months / 12 * 12))::date;
            RETURN same - a;
        ELSE RETURN NULL;
    END CASE;
END $$;
