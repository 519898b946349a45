-- Dashboards are definitions; nothing is stored of their results.
CREATE SCHEMA reports;
CREATE TABLE reports.dashboard (
    key        text PRIMARY KEY,
    version    int NOT NULL DEFAULT 1,
    definition jsonb NOT NULL
);
