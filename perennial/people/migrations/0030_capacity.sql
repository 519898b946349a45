-- How many tasks a person can do in a week; NULL: as the workspace says (settings ->> 'capacity'), else 10.
ALTER TABLE people.person ADD COLUMN capacity smallint CHECK (capacity BETWEEN 0 AND 999);
CREATE FUNCTION people.capacity_of(own smallint) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(own, (SELECT (settings ->> 'capacity')::int FROM kernel.workspace), 10)
$$;
