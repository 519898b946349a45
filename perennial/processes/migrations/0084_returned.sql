-- Tokens that carry a return or wait for one are few; each advance asks whether there are any.
CREATE INDEX token_returned ON processes.token (instance_id) WHERE return_id IS NOT NULL OR frozen_by IS NOT NULL;
