-- Jobs as a list that follows what happens, and the house's own work on it: what a schedule asked for belongs to no
-- organisation and is seen by those of a topmost one.

ALTER TABLE jobs ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();

CREATE FUNCTION jobs_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER jobs_changed BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_note_change();

CREATE INDEX jobs_changed_idx ON jobs (changed_at DESC, id DESC);
CREATE INDEX jobs_kind_idx ON jobs (kind, id);
CREATE INDEX jobs_state_idx ON jobs (state, id);
CREATE INDEX jobs_asked_by_idx ON jobs (asked_by, id);

DROP POLICY of_organisation ON jobs;
CREATE POLICY of_organisation ON jobs USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR asked_by = (SELECT scopecast_actor())
    OR (SELECT scopecast_is_system())
    OR (organisation_id IS NULL AND (SELECT scopecast_is_topmost()))
);

CREATE VIEW job_rows WITH (security_invoker = true) AS
SELECT
    id, kind, payload::text AS subject, state, (cancel_asked_at IS NOT NULL AND ended_at IS NULL) AS cancelling,
    attempts, (progress * 100)::integer AS progress, asked_by, asked_by_name, organisation_id, error_code,
    queued_at, started_at, ended_at
FROM jobs
WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (organisation_id IS NULL AND (SELECT scopecast_is_topmost()));
GRANT SELECT ON job_rows TO scopecast_app;
