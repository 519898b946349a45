-- A shared view is a definition: its key is the one that it was published under, else it is named by its number.
ALTER TABLE records.view ADD COLUMN key text UNIQUE;
