-- What reading and writing records needs inside the database: search, Chinese order, running numbers.
CREATE SCHEMA records;

-- The distinct pairs of neighbouring characters, lower case: what the search index holds. NULL and one-character texts
-- give an empty array. Its cost keeps the planner from computing it row by row where the index could answer; not being
-- for workers keeps it from starting some (25 ms) for an index look-up (0.1 ms).
CREATE FUNCTION records.bigrams(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED COST 1000 AS $$
    SELECT coalesce(array_agg(DISTINCT c || n) FILTER (WHERE n IS NOT NULL), '{}')
      FROM (SELECT c, lead(c) OVER () AS n FROM unnest(string_to_array(lower(value), NULL)) c) pairs
$$;

-- Order of Chinese texts by GB18030, whose common characters stand in pinyin order. The database's own order is C.
CREATE FUNCTION records.chinese_order(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT convert_to(lower(left(value, 200)), 'GB18030')
$$;

-- One sequence per automatic number and prefix (the year stands in the prefix), made at first use. A sequence takes
-- no lock until commit, so two people never wait for each other; a rolled back save leaves a gap.
CREATE TABLE records.counter (
    form     text NOT NULL,
    field    text NOT NULL,
    prefix   text NOT NULL,
    sequence regclass NOT NULL,
    PRIMARY KEY (form, field, prefix)
);

-- The sequence of a prefix. The first caller starts it behind the greatest number that stands in the table.
CREATE FUNCTION records.counter(of_form text, of_field text, of_prefix text, source regclass) RETURNS regclass
LANGUAGE plpgsql AS $$
DECLARE
    found_ regclass;
    name_  text;
    start_ bigint;
BEGIN
    SELECT sequence INTO found_ FROM records.counter WHERE (form, field, prefix) = (of_form, of_field, of_prefix);
    IF found_ IS NOT NULL THEN
        RETURN found_;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('records.counter'));
    SELECT sequence INTO found_ FROM records.counter WHERE (form, field, prefix) = (of_form, of_field, of_prefix);
    IF found_ IS NOT NULL THEN
        RETURN found_;
    END IF;
    EXECUTE format(
        'SELECT coalesce(max(substr(%1$I, %2$s)::bigint), 0) + 1 FROM %3$s'
        ' WHERE starts_with(%1$I, %4$L) AND substr(%1$I, %2$s) ~ ''^\d{1,15}$''',
        of_field, length(of_prefix) + 1, source, of_prefix) INTO start_;
    name_ := 'n_' || md5(of_form || '/' || of_field || '/' || of_prefix);
    EXECUTE format('CREATE SEQUENCE records.%I START %s', name_, start_);
    found_ := format('records.%I', name_)::regclass;
    INSERT INTO records.counter VALUES (of_form, of_field, of_prefix, found_);
    RETURN found_;
END $$;

-- The next number, at least `width` digits. The shared lock lives only inside the call: `reserve` waits for it.
CREATE FUNCTION records.next_number(sequence regclass, prefix text, width int) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    n text;
BEGIN
    PERFORM pg_advisory_lock_shared(sequence::oid::bigint);
    n := nextval(sequence)::text;
    PERFORM pg_advisory_unlock_shared(sequence::oid::bigint);
    RETURN prefix || lpad(n, greatest(width, length(n)), '0');
END $$;

-- A number that a person gave is never generated again.
CREATE FUNCTION records.reserve(sequence regclass, given bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM pg_advisory_lock(sequence::oid::bigint);
    EXECUTE format('SELECT last_value - (NOT is_called)::int FROM %s', sequence) INTO last;
    IF given > last THEN
        PERFORM setval(sequence, given);
    END IF;
    PERFORM pg_advisory_unlock(sequence::oid::bigint);
END $$;
