-- A run may put a draft or another version in place of what is in force; the same days without it are a run of its own
-- (`base_id`), of which nobody asked for by itself. It may look at one process alone, and be given up.
ALTER TABLE simulation.run DROP CONSTRAINT run_state_check;
ALTER TABLE simulation.run ADD CONSTRAINT run_state_check CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled'));
ALTER TABLE simulation.run
    ADD COLUMN process text,                                -- NULL: all of them
    ADD COLUMN instead jsonb,                               -- {process, label, label_en, version, draft, number, migrate, tree}
    ADD COLUMN base_id bigint REFERENCES simulation.run (id) ON DELETE CASCADE,
    ADD COLUMN edits   jsonb NOT NULL DEFAULT '[]';         -- [{on, form, when, values}]
CREATE INDEX ON simulation.run (base_id) WHERE base_id IS NOT NULL;

-- `open`: a task that lay open when the copy was taken; `change`: a record that the process wrote.
ALTER TABLE simulation.entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE simulation.entry ADD CONSTRAINT entry_kind_check
    CHECK (kind IN ('task', 'approval', 'message', 'change', 'open', 'renewed'));
ALTER TABLE simulation.entry
    ADD COLUMN n       int NOT NULL DEFAULT 0,              -- order of what has one moment
    ADD COLUMN process text,
    ADD COLUMN node    text,
    ADD COLUMN why     jsonb,                               -- {entry} or {label, label_en, way}: the last condition before it
    ADD COLUMN done_at timestamptz,                         -- of a task: when it was done
    ADD COLUMN outcome text;                                -- and how
