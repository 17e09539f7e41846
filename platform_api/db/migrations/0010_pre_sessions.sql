-- Teaching sessions: plan, state, who was let in by a link, recordings, likes, and where a learner stopped.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- For whom this transaction works; set by the pool, read by row-level rules.
CREATE FUNCTION scopecast_organisation() RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting('scopecast.organisation', true), '')::uuid;
CREATE FUNCTION scopecast_actor() RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(current_setting('scopecast.actor', true), '');
CREATE FUNCTION scopecast_actor_id() RETURNS uuid LANGUAGE sql STABLE
    RETURN CASE WHEN scopecast_actor() ~ '^[0-9a-f-]{36}$' THEN scopecast_actor()::uuid END;
CREATE FUNCTION scopecast_is_system() RETURNS boolean LANGUAGE sql STABLE
    RETURN scopecast_actor() LIKE 'system:%';

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    expert_id uuid NOT NULL REFERENCES users (id),
    expert_name text NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
    hospital text NOT NULL CHECK (length(hospital) BETWEEN 1 AND 120),
    starts_at timestamptz NOT NULL,
    planned_minutes integer NOT NULL CHECK (planned_minutes BETWEEN 5 AND 1440),
    case_summary text NOT NULL CHECK (length(case_summary) <= 4000),
    form text NOT NULL,
    body_part text NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('organisation', 'everyone_signed_in', 'invited')),
    consent_reference text,
    recorded boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'open', 'on_air', 'ended', 'cancelled')),
    room_id uuid UNIQUE,
    created_at timestamptz NOT NULL,
    opened_at timestamptz,
    on_air_at timestamptz,
    ended_at timestamptz,
    cancelled_at timestamptz,
    still_file_id uuid,
    search_text text GENERATED ALWAYS AS (
        lower(title || ' ' || expert_name || ' ' || hospital || ' ' || case_summary)
    ) STORED
);

CREATE INDEX sessions_state_starts_idx ON sessions (state, starts_at, id);
CREATE INDEX sessions_expert_idx ON sessions (expert_id, starts_at, id);
CREATE INDEX sessions_search_idx ON sessions USING gin (search_text gin_trgm_ops);

-- A link to one session: token and second secret only as hashes.
CREATE TABLE session_shares (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    token_hash bytea NOT NULL UNIQUE,
    pin_hash text NOT NULL,
    pin_failures integer NOT NULL DEFAULT 0,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX session_shares_session_idx ON session_shares (session_id, id);

-- Who was let into a session by a share link: for as long as the link opens.
CREATE TABLE session_admissions (
    session_id uuid NOT NULL REFERENCES sessions (id),
    subject text NOT NULL,
    share_id uuid NOT NULL REFERENCES session_shares (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    admitted_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, subject, share_id)
);

CREATE INDEX session_admissions_subject_idx ON session_admissions (subject, session_id);

CREATE TABLE session_likes (
    session_id uuid NOT NULL REFERENCES sessions (id),
    subject text NOT NULL,
    liked_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, subject)
);

CREATE TABLE recordings (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL UNIQUE REFERENCES sessions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    state text NOT NULL CHECK (state IN ('recording', 'interrupted', 'complete')),
    duration_ms bigint NOT NULL DEFAULT 0 CHECK (duration_ms >= 0),
    chapters integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Where a learner stopped, for "continue".
CREATE TABLE recording_positions (
    recording_id uuid NOT NULL REFERENCES recordings (id),
    subject text NOT NULL,
    position_ms bigint NOT NULL CHECK (position_ms >= 0),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (recording_id, subject)
);

ALTER TABLE session_shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_shares FORCE ROW LEVEL SECURITY;

ALTER TABLE session_admissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_admissions FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON session_admissions
    USING (organisation_id = scopecast_organisation() OR subject = scopecast_actor() OR scopecast_is_system());

CREATE POLICY of_organisation_or_opened ON session_shares USING (
    organisation_id = scopecast_organisation()
    OR id IN (SELECT share_id FROM session_admissions WHERE subject = scopecast_actor())
    OR scopecast_is_system()
);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON sessions FOR SELECT USING (
    organisation_id = scopecast_organisation()
    OR (visibility = 'everyone_signed_in' AND scopecast_organisation() IS NOT NULL)
    OR id IN (SELECT session_id FROM session_admissions WHERE subject = scopecast_actor())
    OR id IN (SELECT guest_session_id FROM logins WHERE guest_id = scopecast_actor_id() AND ended_at IS NULL)
    OR scopecast_is_system()
);
CREATE POLICY planned ON sessions FOR INSERT
    WITH CHECK (organisation_id = scopecast_organisation());
CREATE POLICY changed ON sessions FOR UPDATE
    USING (organisation_id = scopecast_organisation() OR scopecast_is_system());

ALTER TABLE session_likes ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_likes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_session ON session_likes
    USING (EXISTS (SELECT FROM sessions WHERE sessions.id = session_id))
    WITH CHECK (subject = scopecast_actor() AND EXISTS (SELECT FROM sessions WHERE sessions.id = session_id));

ALTER TABLE recordings ENABLE ROW LEVEL SECURITY;
ALTER TABLE recordings FORCE ROW LEVEL SECURITY;
CREATE POLICY of_session ON recordings
    USING (EXISTS (SELECT FROM sessions WHERE sessions.id = session_id));

ALTER TABLE recording_positions ENABLE ROW LEVEL SECURITY;
ALTER TABLE recording_positions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON recording_positions USING (subject = scopecast_actor());

-- A session as its asker sees it in a list; the rules above hold for the reader, not for the view's owner.
-- `list_key` is the moment by which lists are sorted: opened, ended, or planned to start.
CREATE VIEW session_cards WITH (security_invoker = true) AS
SELECT
    s.*,
    CASE s.state
        WHEN 'open' THEN s.opened_at
        WHEN 'on_air' THEN s.opened_at
        WHEN 'ended' THEN s.ended_at
        ELSE s.starts_at
    END AS list_key,
    (SELECT count(*) FROM session_likes l WHERE l.session_id = s.id) AS likes,
    EXISTS (
        SELECT FROM session_likes l WHERE l.session_id = s.id AND l.subject = scopecast_actor()
    ) AS liked,
    (
        SELECT max(h.expires_at)
        FROM session_admissions a JOIN session_shares h ON h.id = a.share_id
        WHERE a.session_id = s.id AND a.subject = scopecast_actor() AND h.revoked_at IS NULL
    ) AS admitted_until,
    r.id AS recording_id,
    r.state AS recording_state,
    r.duration_ms AS recording_duration_ms,
    r.chapters AS recording_chapters,
    p.position_ms
FROM sessions s
LEFT JOIN recordings r ON r.session_id = s.id
LEFT JOIN recording_positions p ON p.recording_id = r.id AND p.subject = scopecast_actor();

GRANT SELECT ON session_cards TO scopecast_app;
GRANT SELECT, INSERT, UPDATE ON sessions, session_shares, recordings, recording_positions TO scopecast_app;
GRANT SELECT, INSERT ON session_admissions TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON session_likes TO scopecast_app;
