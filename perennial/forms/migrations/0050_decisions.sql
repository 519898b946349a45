-- Decision tables: what is in force, everything that ever was, and the rows by which SQL answers.
CREATE TABLE forms.decision_version (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- what compiled statements name
    key        text NOT NULL,
    definition jsonb NOT NULL,
    at         timestamptz NOT NULL
);

CREATE TABLE forms.decision (
    key        text PRIMARY KEY,
    id         int NOT NULL REFERENCES forms.decision_version,
    definition jsonb NOT NULL
);

-- Per input the rules that a value meets, a bit per rule. Place 0 is blank, 1 a word that no cell names; then numbers (days
-- too): at a number `here`, above it up to the next one `beyond`; or words.
CREATE TABLE forms.decision_part (
    decision int NOT NULL REFERENCES forms.decision_version,
    input    int NOT NULL,
    place    int NOT NULL,
    at       numeric,
    word     text,
    here     varbit NOT NULL,
    beyond   varbit,
    PRIMARY KEY (decision, input, place)
);
CREATE INDEX decision_part_at ON forms.decision_part (decision, input, at) WHERE at IS NOT NULL;
CREATE INDEX decision_part_word ON forms.decision_part (decision, input, word) WHERE word IS NOT NULL;

-- What each rule answers. Place: in the order in which hits count; 0 is the answer when no rule is hit.
CREATE TABLE forms.decision_hit (
    decision int NOT NULL REFERENCES forms.decision_version,
    output   int NOT NULL,
    place    int NOT NULL,
    rule     int NOT NULL,      -- its row in the table, from 1
    number   numeric,
    word     text,
    day      date,
    truth    boolean,
    spoken   text,              -- as people read it
    PRIMARY KEY (decision, output, place)
);

-- The places of the bits that are set; {0} when none is.
CREATE FUNCTION forms.set_bits(bits varbit) RETURNS int[] IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    found int[] := '{}'; at int := 0; next int;
BEGIN
    LOOP
        next := position(B'1' IN bits);
        EXIT WHEN next = 0;
        at := at + next;
        found := found || at;
        bits := substring(bits FROM next + 1);
    END LOOP;
    RETURN CASE WHEN found = '{}' THEN '{0}' ELSE found END;
END $$;
