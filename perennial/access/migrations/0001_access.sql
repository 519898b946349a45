-- What a role may do with a form: whose rows, which acts, which fields. Form '*' stands for every form without a row.
CREATE SCHEMA access;
CREATE TABLE access.form_grant (
    role_id bigint NOT NULL REFERENCES people.role ON DELETE CASCADE,
    form    text NOT NULL,
    rows    text NOT NULL,               -- all, own, department, department_below, or a formula
    rights  text[] NOT NULL,             -- read, create, update, delete
    fields  jsonb NOT NULL,              -- {"*": "write", "amount": "read", "phone": "masked", "secret": "hidden"}
    PRIMARY KEY (role_id, form)
);
-- the first administrator's role reaches every form from the first day
INSERT INTO access.form_grant (role_id, form, rows, rights, fields)
SELECT id, '*', 'all', '{read,create,update,delete}', '{"*": "write"}' FROM people.role WHERE key = 'business_admin';

-- What is shown of a masked value: enough to recognise what one knows, too little to learn it.
CREATE FUNCTION access.mask(kind text, value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN value IS NULL THEN NULL
        WHEN kind = 'phone' AND length(value) >= 11 THEN left(value, length(value) - 8) || '****' || right(value, 4)
        WHEN kind = 'mail' AND strpos(value, '@') > 2 THEN left(value, 1) || '****' || substr(value, strpos(value, '@'))
        ELSE '****' END
$$;
