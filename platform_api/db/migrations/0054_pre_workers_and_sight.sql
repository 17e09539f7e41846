-- Which workers live, by their beat; and the trail asked by a person whom a page of a list showed.

CREATE TABLE job_workers (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE job_workers ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_workers FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON job_workers USING ((SELECT scopecast_is_system()));
GRANT SELECT, INSERT, UPDATE, DELETE ON job_workers TO scopecast_app;

CREATE INDEX audit_entries_keys_idx ON audit_entries USING gin (string_to_array(details ->> 'keys', ' '))
    WHERE details ? 'keys';
