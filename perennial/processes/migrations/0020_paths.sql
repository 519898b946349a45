-- A token's way through open splits: pairs (visit: the number of the split's step, branch), outermost first. What runs
-- already was begun by versions without joins: nothing asks for its path.
ALTER TABLE processes.token ALTER COLUMN path DROP DEFAULT;
ALTER TABLE processes.token ALTER COLUMN path TYPE bigint[] USING '{}'::bigint[];
ALTER TABLE processes.token ALTER COLUMN path SET DEFAULT '{}';
