-- Why a channel does not work, as a code beside the words of the other side; and what settled today, found without reading the rest.
ALTER TABLE messages.channel ADD COLUMN problem_why text;
CREATE INDEX outbox_settled ON messages.outbox (channel, settled_at) WHERE settled_at IS NOT NULL AND channel <> 'in_app';
