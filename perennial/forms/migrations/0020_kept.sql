-- The newest change when a column was set aside: records written later were written under the new definition.
ALTER TABLE forms.aside ADD COLUMN mark bigint NOT NULL DEFAULT 0;
