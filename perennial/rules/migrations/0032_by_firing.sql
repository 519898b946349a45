-- An alert is found by its firing: else the end of a hold reads every alert once per firing that it frees.
CREATE INDEX ON rules.alert (firing_id);
