-- A template that nobody uses any longer stays for the messages that were written with it.
ALTER TABLE messages.template ADD COLUMN retired_at timestamptz;
