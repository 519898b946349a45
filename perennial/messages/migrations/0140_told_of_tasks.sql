-- What colleagues did with one's tasks: given, taken (given to somebody else), urged. The subject is what the first asks for.
ALTER TABLE messages.told ADD COLUMN by_id bigint REFERENCES people.person;
ALTER TABLE messages.told ADD COLUMN number int;
