-- Votes that are not asked yet go along with a handover, and come back with it.
ALTER TABLE processes.handed DROP CONSTRAINT handed_kind_check;
ALTER TABLE processes.handed ADD CONSTRAINT handed_kind_check
    CHECK (kind IN ('task', 'claim', 'deputy', 'superior', 'head', 'role', 'vote'));
