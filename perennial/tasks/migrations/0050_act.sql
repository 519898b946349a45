-- The numbers of acts belong to the column that they fill.
ALTER SEQUENCE tasks.act OWNED BY tasks.history.act_id;
