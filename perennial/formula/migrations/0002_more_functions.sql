-- More of what Excel users reach for. As in 0001: nothing raises on any argument, what has no answer is NULL.

-- Numbers
CREATE FUNCTION formula.ceiling(x numeric, step numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x = 0 OR step = 0 THEN 0 WHEN x > 0 AND step < 0 THEN NULL
                ELSE formula.num((div(x, nullif(step, 0)) + CASE WHEN mod(x, nullif(step, 0)) <> 0 AND sign(x) = sign(step)
                                                                 THEN 1 ELSE 0 END) * step) END;
CREATE FUNCTION formula.floor(x numeric, step numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x = 0 THEN 0 WHEN x > 0 AND step < 0 THEN NULL
                ELSE formula.num((div(x, nullif(step, 0)) - CASE WHEN mod(x, nullif(step, 0)) <> 0 AND sign(x) <> sign(step)
                                                                 THEN 1 ELSE 0 END) * step) END;
CREATE FUNCTION formula.mround(x numeric, step numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x = 0 OR step = 0 THEN 0
                WHEN sign(x) = sign(step) THEN formula.num(div(2 * abs(x) + abs(step), 2 * abs(nullif(step, 0))) * step) END;
CREATE FUNCTION formula.sqrt(x numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x >= 0 AND x < 1e20 THEN formula.num(sqrt(x)) END;
CREATE FUNCTION formula.exp(x numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x <= -40 THEN 0 WHEN x < 46.06 THEN formula.num(exp(x)) END;
CREATE FUNCTION formula.ln(x numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x > 0 AND x < 1e20 THEN formula.num(ln(x)) END;
CREATE FUNCTION formula.log(x numeric, base numeric DEFAULT 10) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x > 0 AND x < 1e20 AND base > 0 AND base < 1e20 THEN formula.num(ln(x) / nullif(ln(base), 0)) END;
CREATE FUNCTION formula.is_even(x numeric) RETURNS boolean IMMUTABLE PARALLEL SAFE
    RETURN mod(trunc(x), 2) = 0;
CREATE FUNCTION formula.is_odd(x numeric) RETURNS boolean IMMUTABLE PARALLEL SAFE
    RETURN abs(mod(trunc(x), 2)) = 1;

-- Several values, blanks passed over
CREATE FUNCTION formula.sum_of(x numeric[]) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num((SELECT coalesce(sum(v), 0) FROM unnest(x) v));
CREATE FUNCTION formula.average_of(x numeric[]) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN formula.num((SELECT avg(v) FROM unnest(x) v));
CREATE FUNCTION formula.large(x anyarray, place numeric) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (array_agg(v ORDER BY v DESC))[formula.small(place)] FROM unnest(x) v WHERE v IS NOT NULL $$;
CREATE FUNCTION formula.nth_small(x anyarray, place numeric) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (array_agg(v ORDER BY v))[formula.small(place)] FROM unnest(x) v WHERE v IS NOT NULL $$;
CREATE FUNCTION formula.median_of(x numeric[]) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN (SELECT formula.num((s.v[(cardinality(s.v) + 1) / 2] + s.v[cardinality(s.v) / 2 + 1]) / 2)
              FROM (SELECT array_agg(v ORDER BY v) AS v FROM unnest(x) v WHERE v IS NOT NULL) s);
-- Places in a sorted set of doubles, 15 digits as in Excel; found by halves. `below`: how many are smaller or equal.
CREATE FUNCTION formula.double(x numeric) RETURNS float8 IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(x) < 1e20 THEN x::float8 END;
CREATE FUNCTION formula.below(x numeric, sorted float8[]) RETURNS int IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN cardinality(sorted) > 0 THEN width_bucket(formula.double(x), sorted) END;
-- `sorted` ascending: of the values (rank from the top), or of the negated values (rank from the bottom), x negated too
CREATE FUNCTION formula.rank(x numeric, sorted float8[]) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN sorted[formula.below(x, sorted)] = formula.double(x)
                THEN (cardinality(sorted) - formula.below(x, sorted) + 1)::numeric END;
CREATE FUNCTION formula.percent_rank(x numeric, negated float8[]) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN negated[formula.below(-x, negated)] = formula.double(-x)
                THEN CASE cardinality(negated) WHEN 1 THEN 1::numeric
                     ELSE trunc((cardinality(negated) - formula.below(-x, negated))::numeric / (cardinality(negated) - 1), 3)
                     END END;

-- Text
CREATE FUNCTION formula.find(part text, t text, start numeric DEFAULT 1) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN start >= 1 AND trunc(start) <= char_length(coalesce(t, '')) + 1 THEN
        (nullif(strpos(substr(coalesce(t, ''), formula.small(start)), coalesce(part, '')), 0)
         + formula.small(start) - 1)::numeric END;
-- As find, whatever the capitals; ? is one character, * any, ~ takes their meaning away.
CREATE FUNCTION formula.search(part text, t text, start numeric DEFAULT 1) RETURNS numeric IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE pattern text := '(?q)'; escaped boolean := false; c text;
BEGIN
    IF part IS NULL OR strpos(translate(part, '?*~', '???'), '?') = 0 THEN
        RETURN formula.find(lower(part), lower(t), start);
    END IF;
    IF char_length(part) > 255 OR NOT (start >= 1 AND trunc(start) <= char_length(coalesce(t, '')) + 1) OR start IS NULL THEN
        RETURN NULL;
    END IF;
    pattern := '';
    FOREACH c IN ARRAY string_to_array(lower(part), NULL) LOOP
        IF escaped THEN
            pattern := pattern || CASE WHEN c IN ('?', '*', '~') THEN '\' || c ELSE '~' || regexp_replace(c, '(\W)', '\\\1') END;
            escaped := false;
        ELSIF c = '~' THEN escaped := true;
        ELSE
            pattern := pattern || CASE c WHEN '?' THEN '.' WHEN '*' THEN '.*'
                                  ELSE CASE WHEN c ~ '[][\\.^$(){}+|]' THEN '\' || c ELSE c END END;
        END IF;
    END LOOP;
    IF escaped THEN pattern := pattern || '~'; END IF;
    RETURN (nullif(regexp_instr(substr(lower(coalesce(t, '')), formula.small(start)), pattern), 0)
            + formula.small(start) - 1)::numeric;
END $$;
CREATE FUNCTION formula.replace(t text, start numeric, n numeric, new text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN start >= 1 AND n >= 0 THEN formula.txt(
        left(coalesce(t, ''), trunc(least(start, 40000))::int - 1) || coalesce(new, '')
        || substr(coalesce(t, ''), trunc(least(start, 40000))::int + trunc(least(n, 40000))::int)) END;
CREATE FUNCTION formula.rept(t text, n numeric) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN n >= 0 AND trunc(n) * char_length(t) <= 32767 THEN nullif(repeat(t, formula.small(n)), '') END;
CREATE FUNCTION formula.proper(t text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN formula.txt((SELECT string_agg(CASE WHEN before ~ '[[:alpha:]]' THEN lower(c) ELSE upper(c) END, '' ORDER BY n)
        FROM (SELECT c, n, coalesce(lag(c) OVER (ORDER BY n), ' ') AS before
                FROM unnest(string_to_array(t, NULL)) WITH ORDINALITY AS letters (c, n)) spelt));
CREATE FUNCTION formula.character(n numeric, most int DEFAULT 255) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN n >= 1 AND n < most + 1 AND NOT trunc(n) BETWEEN 55296 AND 57343 THEN chr(formula.small(n)) END;
CREATE FUNCTION formula.unicode_character(n numeric) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN formula.character(n, 1114111);
CREATE FUNCTION formula.code(t text) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN ascii(nullif(left(t, 1), ''))::numeric;
CREATE FUNCTION formula.clean(t text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN nullif(regexp_replace(t, '[\x01-\x1f]', '', 'g'), '');
CREATE FUNCTION formula.text_before(t text, mark text, nth numeric DEFAULT 1) RETURNS text IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE parts text[]; n int := formula.small(nth);
BEGIN
    IF mark IS NULL OR mark = '' OR t IS NULL OR n IS NULL OR n = 0 THEN RETURN NULL; END IF;
    parts := string_to_array(t, mark);
    n := CASE WHEN n > 0 THEN n ELSE cardinality(parts) + n END;
    IF n < 1 OR n >= cardinality(parts) THEN RETURN NULL; END IF;
    RETURN formula.txt(array_to_string(parts[:n], mark));
END $$;
CREATE FUNCTION formula.text_after(t text, mark text, nth numeric DEFAULT 1) RETURNS text IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE parts text[]; n int := formula.small(nth);
BEGIN
    IF t IS NULL OR n IS NULL OR n = 0 THEN RETURN NULL; END IF;
    IF mark IS NULL OR mark = '' THEN RETURN t; END IF;
    parts := string_to_array(t, mark);
    n := CASE WHEN n > 0 THEN n ELSE cardinality(parts) + n END;
    IF n < 1 OR n >= cardinality(parts) THEN RETURN NULL; END IF;
    RETURN formula.txt(array_to_string(parts[n + 1:], mark));
END $$;
-- Text of many rows, kept short while it grows: what is too long in the end is blank.
CREATE FUNCTION formula.joined_step(so_far text, t text, mark text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN so_far IS NULL THEN coalesce(t, '') WHEN octet_length(so_far) > 131072 THEN so_far
                ELSE so_far || coalesce(mark, '') || coalesce(t, '') END;
CREATE AGGREGATE formula.joined(text, text)
    (SFUNC = formula.joined_step, STYPE = text, FINALFUNC = formula.txt, PARALLEL = SAFE);
CREATE FUNCTION formula.text_join(mark text, skip boolean, parts text[]) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN (SELECT formula.joined(part, mark ORDER BY n) FROM unnest(parts) WITH ORDINALITY AS given (part, n)
             WHERE part IS NOT NULL OR NOT coalesce(skip, false));
CREATE FUNCTION formula.number_value(t text, point text DEFAULT '.', thousands text DEFAULT ',') RETURNS numeric
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE plain text := regexp_replace(left(t, 200), '\s', '', 'g'); percents int; whole text; fraction text;
BEGIN
    point := left(coalesce(point, '.'), 1); thousands := left(coalesce(thousands, ','), 1);
    IF t IS NULL OR char_length(t) > 200 OR point = thousands THEN RETURN NULL; END IF;
    percents := char_length(plain) - char_length(rtrim(plain, '%'));
    plain := rtrim(plain, '%');
    whole := split_part(plain, point, 1);
    fraction := substr(plain, char_length(whole) + 2);
    IF strpos(fraction, thousands) > 0 OR strpos(fraction, point) > 0 OR percents > 20 THEN RETURN NULL; END IF;
    whole := replace(whole, thousands, '');
    IF whole || '.' || fraction !~ '^[+-]?([0-9]+[.][0-9]*|[.][0-9]+)$' THEN RETURN NULL; END IF;
    RETURN formula.num((whole || '.' || fraction)::numeric / power(100::numeric, percents));
END $$;
-- What a colleague sees who may know that something is there, and not what.
CREATE FUNCTION formula.mask(t text, kind text) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN t IS NULL OR t = '' THEN NULL
        WHEN kind = 'phone' AND char_length(t) >= 11 THEN left(t, char_length(t) - 8) || '****' || right(t, 4)
        WHEN kind = 'mail' AND strpos(t, '@') > 2 AND char_length(t) < 32000 THEN left(t, 1) || '****' || substr(t, strpos(t, '@'))
        WHEN kind = 'name' AND char_length(t) BETWEEN 2 AND 60 THEN left(t, 1) || repeat('*', char_length(t) - 1)
        WHEN kind = 'id' AND char_length(t) BETWEEN 12 AND 60 THEN left(t, 3) || repeat('*', char_length(t) - 7) || right(t, 4)
        ELSE '****' END;

-- Chinese numerals: `digits` from zero on, `units` ten, hundred, thousand. Whole numbers below 1e16.
CREATE FUNCTION formula.chinese_four(n int, digits text, units text) RETURNS text IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE said text := ''; d int; gap boolean := false;
BEGIN
    FOR place IN REVERSE 3..0 LOOP
        d := n / power(10, place)::int % 10;
        IF d = 0 THEN gap := said <> '';
        ELSE
            said := said || CASE WHEN gap THEN left(digits, 1) ELSE '' END || substr(digits, d + 1, 1) || substr(units, place, place::boolean::int);
            gap := false;
        END IF;
    END LOOP;
    RETURN said;
END $$;
CREATE FUNCTION formula.chinese_whole(n bigint, digits text, units text) RETURNS text IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE high bigint; low bigint; size bigint; name text;
BEGIN
    IF n = 0 THEN RETURN left(digits, 1); END IF;
    IF n < 10000 THEN RETURN formula.chinese_four(n::int, digits, units); END IF;
    IF n >= 100000000 THEN size := 100000000; name := '亿'; ELSE size := 10000; name := '万'; END IF;
    high := n / size; low := n % size;
    RETURN formula.chinese_whole(high, digits, units) || name
           || CASE WHEN low = 0 THEN '' WHEN low < size / 10 THEN left(digits, 1) ELSE '' END
           || CASE WHEN low = 0 THEN '' ELSE formula.chinese_whole(low, digits, units) END;
END $$;
-- style 1: 一百二十三, style 2: 壹佰贰拾叁; decimals one by one
CREATE FUNCTION formula.chinese(x numeric, style int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    digits text := CASE style WHEN 2 THEN '零壹贰叁肆伍陆柒捌玖' ELSE '〇一二三四五六七八九' END;
    n numeric := formula.num(x);
    said text;
BEGIN
    IF n IS NULL OR abs(n) >= 1e16 THEN RETURN NULL; END IF;
    said := formula.chinese_whole(trunc(abs(n))::bigint, digits, CASE style WHEN 2 THEN '拾佰仟' ELSE '十百千' END);
    IF n <> trunc(n) THEN
        said := said || '.' || translate(split_part(n::text, '.', 2), '0123456789', digits);
    END IF;
    RETURN CASE WHEN n < 0 THEN '-' ELSE '' END || said;
END $$;
-- An amount as contracts and cheques write it: 壹仟肆佰零玖元伍角整, 叁佰贰拾伍元零肆分
CREATE FUNCTION formula.rmb(x numeric) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    digits text := '零壹贰叁肆伍陆柒捌玖';
    cents numeric := round(abs(x), 2) * 100;
    yuan bigint; jiao int; fen int; said text := '';
BEGIN
    IF x IS NULL OR NOT abs(x) < 1e16 - 1 THEN RETURN NULL; END IF;
    yuan := div(cents, 100)::bigint; jiao := mod(div(cents, 10), 10)::int; fen := mod(cents, 10)::int;
    IF yuan > 0 OR cents = 0 THEN said := formula.chinese_whole(yuan, digits, '拾佰仟') || '元'; END IF;
    said := said || CASE
        WHEN jiao = 0 AND fen = 0 THEN '整'
        WHEN fen = 0 THEN substr(digits, jiao + 1, 1) || '角整'
        WHEN jiao = 0 THEN CASE WHEN yuan > 0 THEN '零' ELSE '' END || substr(digits, fen + 1, 1) || '分'
        ELSE substr(digits, jiao + 1, 1) || '角' || substr(digits, fen + 1, 1) || '分' END;
    RETURN CASE WHEN x < 0 AND cents > 0 THEN '负' ELSE '' END || said;
END $$;
-- A number in a format whose digits are Chinese (style 1 or 2) or not (0).
CREATE FUNCTION formula.text_number(x numeric, pattern text, before text, after text, scale numeric, style int) RETURNS text
IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN style = 0 THEN formula.text_number(x, pattern, before, after, scale)
                ELSE translate(formula.text_number(x, pattern, before, after, scale), '0123456789',
                               CASE style WHEN 2 THEN '零壹贰叁肆伍陆柒捌玖' ELSE '〇一二三四五六七八九' END) END;
-- A date or a moment. Marks of the private area stand for what to_char does not know: E000 the weekday in Chinese,
-- E011 E012 E013 year, month, day in 一二三, E021 E022 E023 in 壹贰叁.
CREATE FUNCTION formula.text_chinese_moment(t timestamp, pattern text) RETURNS text IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE said text := formula.text_moment(t, pattern);
BEGIN
    IF said IS NULL THEN RETURN NULL; END IF;
    said := replace(said, U&'\E000', substr('日一二三四五六', extract(dow FROM t)::int + 1, 1));
    FOR style IN 1..2 LOOP
        said := replace(said, chr(57345 + 16 * style), translate(lpad(extract(year FROM t)::text, 4, '0'), '0123456789',
                        CASE style WHEN 2 THEN '零壹贰叁肆伍陆柒捌玖' ELSE '〇一二三四五六七八九' END));
        said := replace(said, chr(57346 + 16 * style), formula.chinese(extract(month FROM t), style));
        said := replace(said, chr(57347 + 16 * style), formula.chinese(extract(day FROM t), style));
    END LOOP;
    RETURN formula.txt(said);
END $$;

-- Dates and times; a time is a part of a day
CREATE FUNCTION formula.date_value(t text) RETURNS date IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    plain text := btrim(translate(left(t, 60), '０１２３４５６７８９／－．', '0123456789/-.'));
    hit text[]; y int; m int; d int; found date;
BEGIN
    IF char_length(t) > 60 THEN RETURN NULL; END IF;
    hit := regexp_match(plain, '^(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?(?:[ T]\s*\d{1,2}:.*)?$');
    IF hit IS NULL THEN
        hit := regexp_match(plain, '^(\d{1,2})(?:st|nd|rd|th)?[-\s/]+([a-z]{3,9})[-\s,/]+(\d{4})(?:\s+\d{1,2}:.*)?$', 'i');
        IF hit IS NOT NULL THEN hit := ARRAY[hit[3], hit[2], hit[1]];
        ELSE
            hit := regexp_match(plain, '^([a-z]{3,9})[-\s]+(\d{1,2})(?:st|nd|rd|th)?[-\s,]+(\d{4})(?:\s+\d{1,2}:.*)?$', 'i');
            hit := ARRAY[hit[3], hit[1], hit[2]];
        END IF;
        IF hit[1] IS NULL THEN RETURN NULL; END IF;
        hit[2] := array_position(ARRAY['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
                                 lower(left(hit[2], 3)))::text;
        IF hit[2] IS NULL THEN RETURN NULL; END IF;
    END IF;
    y := hit[1]::int; m := hit[2]::int; d := hit[3]::int;
    IF y < 1900 OR m NOT BETWEEN 1 AND 12 OR d NOT BETWEEN 1 AND 31 THEN RETURN NULL; END IF;
    found := formula.date(y, m, d);
    RETURN CASE WHEN extract(month FROM found) = m THEN found END;
END $$;
CREATE FUNCTION formula.time(h numeric, m numeric, s numeric) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(h) < 32768 AND abs(m) < 32768 AND abs(s) < 32768
                     AND trunc(h) * 3600 + trunc(m) * 60 + trunc(s) >= 0
                THEN formula.num(mod(trunc(h) * 3600 + trunc(m) * 60 + trunc(s), 86400) / 86400) END;
CREATE FUNCTION formula.time_value(t text) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    plain text := btrim(translate(left(t, 60), '０１２３４５６７８９：', '0123456789:'));
    hit text[] := regexp_match(plain,
        '^(?:.*[\sT日])?(上午|下午)?\s*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?[分秒]?\s*(am|pm)?$', 'i');
    h int; late boolean;
BEGIN
    IF hit IS NULL OR char_length(t) > 60 THEN RETURN NULL; END IF;
    h := hit[2]::int;
    late := coalesce(hit[1], upper(hit[5])) IN ('下午', 'PM');
    IF h > (CASE WHEN late IS NULL THEN 23 ELSE 12 END) OR hit[3]::int > 59 OR coalesce(hit[4]::int, 0) > 59 THEN RETURN NULL; END IF;
    IF late IS NOT NULL THEN h := h % 12 + CASE WHEN late THEN 12 ELSE 0 END; END IF;
    RETURN formula.time(h, hit[3]::numeric, coalesce(hit[4], '0')::numeric);
END $$;
-- seconds since midnight, of a part of a day or of a moment
CREATE FUNCTION formula.seconds(x numeric) RETURNS int IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN x >= 0 AND x < 1e20 THEN mod(round((x - trunc(x)) * 86400), 86400)::int END;
CREATE FUNCTION formula.seconds(t timestamp) RETURNS int IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN isfinite(t) THEN floor(extract(epoch FROM t::time))::int % 86400 END;
CREATE FUNCTION formula.hour(s int) RETURNS numeric IMMUTABLE PARALLEL SAFE RETURN (s / 3600)::numeric;
CREATE FUNCTION formula.minute(s int) RETURNS numeric IMMUTABLE PARALLEL SAFE RETURN (s / 60 % 60)::numeric;
CREATE FUNCTION formula.second(s int) RETURNS numeric IMMUTABLE PARALLEL SAFE RETURN (s % 60)::numeric;
CREATE FUNCTION formula.quarter(d date) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN extract(quarter FROM formula.day(d));
CREATE FUNCTION formula.iso_week(d date) RETURNS numeric IMMUTABLE PARALLEL SAFE
    RETURN extract(week FROM formula.day(d));
-- `first`: the isodow on which weeks begin, by Excel's number
CREATE FUNCTION formula.week(d date, system numeric DEFAULT 1) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    kind int := formula.small(system); first int; january date;
BEGIN
    d := formula.day(d);
    IF kind = 21 THEN RETURN formula.iso_week(d); END IF;
    first := CASE WHEN kind IN (1, 17) THEN 7 WHEN kind IN (2, 11) THEN 1 WHEN kind BETWEEN 12 AND 16 THEN kind - 10 END;
    IF d IS NULL OR first IS NULL THEN RETURN NULL; END IF;
    january := make_date(extract(year FROM d)::int, 1, 1);
    RETURN (d - january + (extract(isodow FROM january)::int - first + 7) % 7) / 7 + 1;
END $$;
CREATE FUNCTION formula.leap(y int) RETURNS int IMMUTABLE PARALLEL SAFE
    RETURN ((y % 4 = 0 AND y % 100 <> 0) OR y % 400 = 0)::int;
CREATE FUNCTION formula.days360(a date, b date, european boolean DEFAULT false) RETURNS numeric IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE y1 int; m1 int; d1 int; y2 int; m2 int; d2 int; american boolean := NOT coalesce(european, false);
BEGIN
    a := formula.day(a); b := formula.day(b);
    IF a IS NULL OR b IS NULL THEN RETURN NULL; END IF;
    y1 := extract(year FROM a); m1 := extract(month FROM a); d1 := extract(day FROM a);
    y2 := extract(year FROM b); m2 := extract(month FROM b); d2 := extract(day FROM b);
    IF d1 = 31 OR (american AND m1 = 2 AND d1 = 28 + formula.leap(y1)) THEN d1 := 30; END IF;
    IF d2 = 31 THEN
        IF american AND d1 <> 30 THEN d2 := 1; m2 := m2 + 1; ELSE d2 := 30; END IF;
    END IF;
    RETURN (y2 - y1) * 360 + (m2 - m1) * 30 + d2 - d1;
END $$;
CREATE FUNCTION formula.year_frac(a date, b date, basis numeric DEFAULT 0) RETURNS numeric IMMUTABLE PARALLEL SAFE
LANGUAGE plpgsql AS $$
DECLARE kind int := formula.small(basis); y1 int; y2 int; md1 int; md2 int; year_days numeric; turned date;
BEGIN
    a := formula.day(a); b := formula.day(b);
    IF a IS NULL OR b IS NULL OR kind IS NULL THEN RETURN NULL; END IF;
    IF a > b THEN turned := a; a := b; b := turned; END IF;
    CASE kind
        WHEN 0 THEN RETURN formula.num(formula.days360(a, b) / 360);
        WHEN 2 THEN RETURN formula.num((b - a) / 360.0);
        WHEN 3 THEN RETURN formula.num((b - a) / 365.0);
        WHEN 4 THEN RETURN formula.num(formula.days360(a, b, true) / 360);
        WHEN 1 THEN
            y1 := extract(year FROM a); y2 := extract(year FROM b);
            md1 := extract(month FROM a) * 100 + extract(day FROM a); md2 := extract(month FROM b) * 100 + extract(day FROM b);
            IF y1 = y2 THEN year_days := 365 + formula.leap(y2);
            ELSIF y2 = y1 + 1 AND md1 >= md2 THEN
                year_days := 365 + CASE WHEN formula.leap(y1) = 1 THEN (md1 <= 229)::int
                                        WHEN formula.leap(y2) = 1 THEN (md2 >= 229)::int ELSE 0 END;
            ELSE
                year_days := (make_date(y2 + 1, 1, 1) - make_date(y1, 1, 1))::numeric / (y2 - y1 + 1);
            END IF;
            RETURN formula.num((b - a) / year_days);
        ELSE RETURN NULL;
    END CASE;
END $$;
