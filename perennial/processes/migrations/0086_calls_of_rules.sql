-- A call that a rule asked for: no process, no visit of a token; nobody waits for its answer.
ALTER TABLE processes.call
    ALTER COLUMN process_id DROP NOT NULL, ALTER COLUMN node_id DROP NOT NULL, ALTER COLUMN instance_id DROP NOT NULL,
    ALTER COLUMN token_id DROP NOT NULL, ALTER COLUMN entered_at DROP NOT NULL,
    ADD COLUMN rule text,
    ADD COLUMN form text,
    ADD COLUMN posting_id bigint UNIQUE,
    ADD CONSTRAINT call_of CHECK (CASE WHEN rule IS NULL THEN num_nulls(process_id, node_id, instance_id, token_id, entered_at) = 0
                                       ELSE num_nulls(form, posting_id) = 0 END);
CREATE INDEX call_rule ON processes.call (rule, id) WHERE rule IS NOT NULL;
