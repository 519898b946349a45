-- What formulas read of a stored object (a certificate). Total: what is not there or not of its kind is NULL.
CREATE FUNCTION forms.part_text(value jsonb, part text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN jsonb_typeof(value -> part) = 'string' THEN nullif(left(value ->> part, 32767), '') END;

CREATE FUNCTION forms.part_date(value jsonb, part text) RETURNS date IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN value ->> part ~ '^(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$'
                 AND pg_input_is_valid(value ->> part, 'date') THEN (value ->> part)::date END;

CREATE FUNCTION forms.part_count(value jsonb, part text) RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE WHEN jsonb_typeof(value -> part) = 'array' THEN jsonb_array_length(value -> part)::numeric ELSE 0 END;

-- A unified social credit code by GB 32100-2015: its characters, and the 18th as the check over the others by weights
-- of 3^(i-1) mod 31.
CREATE FUNCTION forms.is_credit_code(value text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN value ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$' THEN (
        SELECT (31 - sum((strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(value, i, 1)) - 1) * w)::int % 31) % 31
               = strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', right(value, 1)) - 1
          FROM unnest('{1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28}'::int[]) WITH ORDINALITY AS t (w, n),
               LATERAL (SELECT n::int AS i) place
    ) ELSE false END
$$;

-- A resident identity number by GB 11643-1999: a day of birth that exists, and the check by ISO 7064 mod 11-2.
CREATE FUNCTION forms.is_id_number(value text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN value ~ '^[1-9][0-9]{16}[0-9X]$' AND pg_input_is_valid(substr(value, 7, 8), 'date') THEN (
        SELECT substr('10X98765432', sum(substr(value, i, 1)::int * w)::int % 11 + 1, 1) = right(value, 1)
          FROM unnest('{7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2}'::int[]) WITH ORDINALITY AS t (w, n),
               LATERAL (SELECT n::int AS i) place
    ) ELSE false END
$$;

-- A text has the format that its field demands.
CREATE FUNCTION forms.has_format(format text, value text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN CASE format
        WHEN 'credit_code' THEN forms.is_credit_code(value)
        WHEN 'id_number' THEN forms.is_id_number(value)
        WHEN 'phone' THEN value ~ '^[+]?[0-9][0-9 ()./-]{1,38}[0-9]( *(转|x|ext\.?|#) *[0-9]{1,8})?$'
        WHEN 'mail' THEN char_length(value) <= 320 AND value ~ '^[^@\s,;<>"]+@[^@\s,;<>".]+(\.[^@\s,;<>".]+)+$'
        ELSE true END;
