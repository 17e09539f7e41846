-- Whose work a job is: of an organisation and of the person who caused it. A job whose organisation is not known
-- any more is nobody's: the worker alone sees it.

ALTER TABLE jobs
    ADD COLUMN organisation_id uuid REFERENCES organisations (id),
    ADD COLUMN asked_by text NOT NULL DEFAULT 'system:jobs' CHECK (length(asked_by) BETWEEN 1 AND 80),
    ADD COLUMN asked_by_name text NOT NULL DEFAULT '',
    ADD COLUMN rounds integer NOT NULL DEFAULT 0,
    ADD COLUMN cancel_asked_at timestamptz;

DO $$
BEGIN
    PERFORM set_config('scopecast.actor', 'system:migration', true);
    UPDATE jobs SET
        organisation_id = r.organisation_id, asked_by = s.expert_id::text, asked_by_name = s.expert_name
    FROM recordings r JOIN sessions s ON s.id = r.session_id
    WHERE jobs.kind = 'recording.transcode' AND jobs.payload ->> 'recording_id' = r.id::text;
    PERFORM set_config('scopecast.actor', '', true);
END;
$$;

ALTER TABLE jobs ALTER COLUMN asked_by DROP DEFAULT, ALTER COLUMN asked_by_name DROP DEFAULT;
ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check
    CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled'));

CREATE INDEX jobs_organisation_idx ON jobs (organisation_id, queued_at DESC, id DESC);
CREATE INDEX jobs_cancel_idx ON jobs (cancel_asked_at)
    WHERE cancel_asked_at IS NOT NULL AND state IN ('queued', 'running');

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON jobs USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR asked_by = (SELECT scopecast_actor())
    OR (SELECT scopecast_is_system())
);
