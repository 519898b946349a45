-- An exit pack is asked for, awaited and fetched like an export.
ALTER TABLE exports.export DROP CONSTRAINT export_format_check;
ALTER TABLE exports.export ADD CONSTRAINT export_format_check CHECK (format IN ('xlsx', 'csv', 'pack'));
