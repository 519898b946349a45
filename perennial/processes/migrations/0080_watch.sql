-- Steps of a period: the history is written in the order of time, so a few kilobytes say where to look.
CREATE INDEX step_left ON processes.step USING brin (left_at) WITH (pages_per_range = 32);
