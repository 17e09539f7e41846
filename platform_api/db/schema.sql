-- The whole schema, readable top to bottom: the sum of migrations/. A test keeps the two equal.
-- Owner of everything is scopecast_owner; the platform works as scopecast_app, which owns nothing.
-- Ids are UUID version 7 made by the platform; all times are UTC.

-- identity and audit ------------------------------------------------------------------------------

CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    parent_id uuid REFERENCES organisations (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    kind text NOT NULL CHECK (kind IN ('hospital', 'office', 'university', 'group')),
    region_code text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    username text NOT NULL CHECK (username = lower(username)),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    title text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'zh-CN',
    roles text[] NOT NULL DEFAULT '{}',
    password_hash text,
    must_change_password boolean NOT NULL DEFAULT true,
    totp_sealed bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint NOT NULL DEFAULT -1,
    activation_hash bytea UNIQUE,
    activation_expires_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX users_username_key ON users (username);
CREATE INDEX users_organisation_idx ON users (organisation_id, id);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind IN ('commentator')),
    name text NOT NULL,
    title text NOT NULL DEFAULT '',
    hospital text NOT NULL DEFAULT '',
    url_hash bytea NOT NULL UNIQUE,
    code_hash bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    guest_id uuid NOT NULL UNIQUE,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    redeemed_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX invitations_session_idx ON invitations (session_id, id);

-- One signing-in of a user, or of a guest by a pass (an invitation or a share link) to one session;
-- access and refresh tokens name it.
CREATE TABLE logins (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES users (id),
    guest_id uuid,
    guest_name text,
    guest_kind text CHECK (guest_kind IN ('commentator', 'viewer')),
    guest_session_id uuid,
    pass_id uuid,
    address text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    CHECK (num_nonnulls(user_id, guest_id) = 1),
    CHECK (num_nonnulls(guest_id, guest_name, guest_kind, guest_session_id, pass_id) IN (0, 5))
);

CREATE INDEX logins_user_idx ON logins (user_id) WHERE ended_at IS NULL;
CREATE INDEX logins_guest_idx ON logins (guest_id) WHERE ended_at IS NULL;
CREATE INDEX logins_pass_idx ON logins (pass_id) WHERE ended_at IS NULL;
CREATE INDEX logins_seen_idx ON logins (seen_at) WHERE ended_at IS NULL;

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    login_id uuid NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX refresh_tokens_login_idx ON refresh_tokens (login_id);

-- Judged attempts of the last minutes; what counts against whom is named by the key.
CREATE TABLE login_attempts (
    key text NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX login_attempts_key_idx ON login_attempts (key, at);
CREATE INDEX login_attempts_at_idx ON login_attempts (at);

-- Who did what; it only grows, and each row's hash covers the one before. The table is partitioned by month (UTC),
-- the chain goes on across the parts. `audit_head` the application can read and lock, but moves only by adding.

CREATE TABLE audit_entries (
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    tag text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    actor text NOT NULL,
    actor_name text NOT NULL,
    organisation_id uuid,
    address text NOT NULL,
    target_kind text NOT NULL,
    target text NOT NULL,
    details jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (number, at)
) PARTITION BY RANGE (at);

CREATE INDEX audit_entries_organisation_idx ON audit_entries (organisation_id, number);
CREATE INDEX audit_entries_actor_idx ON audit_entries (actor, number);
CREATE INDEX audit_entries_at_idx ON audit_entries (at, number);
CREATE INDEX audit_entries_tag_idx ON audit_entries (tag, number);
CREATE INDEX audit_entries_target_idx ON audit_entries (target, number);

-- Where entries stand whose month has no part of its own: a clock went wrong, or nobody made the months.
CREATE TABLE audit_entries_other PARTITION OF audit_entries DEFAULT;

-- Makes the parts of so many months from the one of this moment on, and moves into each what stood in the other.
CREATE FUNCTION audit_make_months(first timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', first);
    part text;
    made integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 120 THEN
        RAISE EXCEPTION 'between 1 and 120 months';
    END IF;
    FOR step IN 1 .. months LOOP
        part := 'audit_entries_' || to_char(month, 'YYYY_MM');
        IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_entries INCLUDING ALL)', part);
            EXECUTE format(
                'WITH moved AS (DELETE FROM public.audit_entries_other WHERE at >= %L AND at < %L RETURNING *) '
                'INSERT INTO public.%I SELECT * FROM moved',
                month, month + interval '1 month', part
            );
            EXECUTE format(
                'ALTER TABLE public.audit_entries ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                part, month, month + interval '1 month'
            );
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION audit_make_months(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_make_months(timestamptz, integer) TO scopecast_app;

-- The newest entry of the chain.
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    number bigint NOT NULL,
    hash bytea NOT NULL
);

INSERT INTO audit_head (number, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
SELECT audit_make_months(now(), 4);

CREATE FUNCTION audit_head_locked(OUT number bigint, OUT hash bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT number, hash FROM audit_head FOR UPDATE
$$;
REVOKE ALL ON FUNCTION audit_head_locked() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_head_locked() TO scopecast_app;

-- An entry follows the newest one, or is not added at all.
CREATE FUNCTION audit_move_head() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    UPDATE audit_head SET number = NEW.number, hash = NEW.hash
    WHERE number = NEW.number - 1 AND hash = NEW.previous_hash;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit entry % does not follow the newest', NEW.number;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION audit_move_head() FROM PUBLIC;
CREATE TRIGGER audit_entries_follow AFTER INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_move_head();

ALTER TABLE audit_entries_other ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    EXECUTE format('CREATE POLICY of_owner ON audit_entries_other TO %I USING (true)', current_user);
    EXECUTE format('CREATE POLICY of_owner ON audit_head TO %I USING (true)', current_user);
END
$$;
CREATE POLICY read_by_all ON audit_head FOR SELECT USING (true);

GRANT SELECT ON audit_head TO scopecast_app;
GRANT SELECT, INSERT, UPDATE ON organisations, users, invitations, logins TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON login_attempts TO scopecast_app;
GRANT SELECT, INSERT ON audit_entries TO scopecast_app;

-- teaching ----------------------------------------------------------------------------------------

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

-- files -------------------------------------------------------------------------------------------

-- Small files whose bytes lie on disk under a name made by the server, and those laid beside a session.

CREATE TABLE files (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    content_type text NOT NULL CHECK (
        content_type IN ('image/png', 'image/jpeg', 'image/webp', 'application/pdf')
    ),
    size bigint NOT NULL CHECK (size > 0),
    sha256 text NOT NULL,
    width integer NOT NULL DEFAULT 0,
    height integer NOT NULL DEFAULT 0,
    subject_type text CHECK (subject_type IN ('session')),
    subject_id uuid,
    created_at timestamptz NOT NULL,
    CHECK ((subject_type IS NULL) = (subject_id IS NULL))
);

CREATE INDEX files_subject_idx ON files (subject_id, id) WHERE subject_id IS NOT NULL;
CREATE INDEX files_organisation_idx ON files (organisation_id, id);

ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_owner_or_session ON files USING (
    organisation_id = scopecast_organisation()
    OR owner = scopecast_actor()
    OR (subject_type = 'session' AND EXISTS (SELECT FROM sessions WHERE sessions.id = subject_id))
);
CREATE POLICY swept ON files FOR SELECT USING (scopecast_is_system());

CREATE TABLE session_materials (
    session_id uuid NOT NULL REFERENCES sessions (id),
    file_id uuid NOT NULL REFERENCES files (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, file_id)
);

ALTER TABLE session_materials ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_materials FORCE ROW LEVEL SECURITY;
CREATE POLICY of_session ON session_materials
    USING (EXISTS (SELECT FROM sessions WHERE sessions.id = session_id));

-- The picture of each still, by the name that the room gave it and by who sent it: the room knows its author.
CREATE TABLE session_stills (
    session_id uuid NOT NULL REFERENCES sessions (id),
    still_id text NOT NULL CHECK (length(still_id) BETWEEN 8 AND 64),
    file_id uuid NOT NULL REFERENCES files (id),
    author text NOT NULL,
    stored_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, still_id, author)
);

ALTER TABLE session_stills ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_stills FORCE ROW LEVEL SECURITY;
CREATE POLICY of_session ON session_stills
    USING (EXISTS (SELECT FROM sessions WHERE sessions.id = session_id));

GRANT SELECT, INSERT, UPDATE ON files TO scopecast_app;
GRANT SELECT, INSERT ON session_stills TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON session_materials TO scopecast_app;

-- comments ----------------------------------------------------------------------------------------

-- Comments in threads: the path is the ids from the root down, so that one index holds a thread in order.

CREATE TABLE comments (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    subject_type text NOT NULL CHECK (subject_type IN ('session')),
    subject_id uuid NOT NULL,
    parent_id uuid REFERENCES comments (id),
    path text NOT NULL,
    author text NOT NULL,
    author_name text NOT NULL,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 1000),
    media_time_ms bigint CHECK (media_time_ms >= 0),
    posted_at timestamptz NOT NULL,
    hidden_at timestamptz,
    hidden_by text,
    likes integer NOT NULL DEFAULT 0 CHECK (likes >= 0),
    replies integer NOT NULL DEFAULT 0 CHECK (replies >= 0)
);

CREATE INDEX comments_roots_idx ON comments (subject_type, subject_id, id) WHERE parent_id IS NULL;
CREATE INDEX comments_thread_idx ON comments (subject_id, path text_pattern_ops);
CREATE INDEX comments_author_idx ON comments (author, posted_at);

CREATE TABLE comment_likes (
    comment_id uuid NOT NULL REFERENCES comments (id),
    subject text NOT NULL,
    liked_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, subject)
);

ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments FORCE ROW LEVEL SECURITY;
CREATE POLICY of_session ON comments
    USING (subject_type = 'session' AND EXISTS (SELECT FROM sessions WHERE sessions.id = subject_id));

ALTER TABLE comment_likes ENABLE ROW LEVEL SECURITY;
ALTER TABLE comment_likes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_comment ON comment_likes
    USING (EXISTS (SELECT FROM comments WHERE comments.id = comment_id))
    WITH CHECK (subject = scopecast_actor() AND EXISTS (SELECT FROM comments WHERE comments.id = comment_id));

GRANT SELECT, INSERT, UPDATE ON comments TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON comment_likes TO scopecast_app;

-- jobs --------------------------------------------------------------------------------------------

-- Work that runs later: the queue as pgqueuer 1.6.0 lays it out (its tables keep its names), and how far each
-- job is, which outlives the queue's row.

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 80),
    payload jsonb NOT NULL,
    dedupe_key text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    error_code text,
    queued_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz
);

CREATE UNIQUE INDEX jobs_waiting_key ON jobs (dedupe_key) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_queued_idx ON jobs (queued_at DESC, id DESC);

CREATE TYPE pgqueuer_status AS ENUM ('queued', 'picked', 'successful', 'exception', 'canceled', 'deleted', 'failed');

CREATE TABLE pgqueuer (
    id bigserial NOT NULL PRIMARY KEY,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    execute_after timestamp with time zone NOT NULL DEFAULT now(),
    status pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer NOT NULL DEFAULT 0,
    slot bigint
);

CREATE TABLE pgqueuer_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT now(),
    job_id bigint NOT NULL,
    status pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

CREATE TABLE pgqueuer_schedules (
    id bigserial NOT NULL PRIMARY KEY,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    next_run timestamp with time zone NOT NULL DEFAULT now(),
    last_run timestamp with time zone,
    status pgqueuer_status DEFAULT 'queued'::pgqueuer_status,
    UNIQUE (expression, entrypoint)
);

CREATE TABLE pgqueuer_statistics (
    id bigserial NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT date_trunc('sec'::text, now()),
    count bigint NOT NULL,
    priority integer NOT NULL,
    status pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE INDEX pgqueuer_ep_ea_idx ON pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_priority_id_id1_idx ON pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::pgqueuer_status);

CREATE INDEX pgqueuer_queue_manager_id_idx ON pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::pgqueuer_status, 'picked'::pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::pgqueuer_status);

CREATE FUNCTION fn_pgqueuer_changed() RETURNS TRIGGER AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;

    -- Perform notification if the emit flag is set
    IF to_emit THEN
        PERFORM pg_notify(
            'ch_pgqueuer',
            json_build_object(
                'channel', 'ch_pgqueuer',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;

    -- Return appropriate value based on the operation
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;

END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pgqueuer
EXECUTE FUNCTION fn_pgqueuer_changed();

GRANT SELECT, INSERT, UPDATE ON jobs TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON pgqueuer, pgqueuer_log, pgqueuer_statistics, pgqueuer_schedules
    TO scopecast_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO scopecast_app;

-- scope -------------------------------------------------------------------------------------------

-- Which organisations the actor of this transaction may see: the own one and all below it. Policies name it
-- as `organisation_id = ANY ((SELECT scopecast_scope())::uuid[])`, so that it is worked out once a query.

CREATE FUNCTION scopecast_scope() RETURNS uuid[] LANGUAGE sql STABLE
    RETURN (
        WITH RECURSIVE mine AS (
            SELECT id FROM organisations WHERE id = scopecast_organisation()
            UNION ALL
            SELECT o.id FROM organisations o JOIN mine ON o.parent_id = mine.id
        )
        SELECT coalesce(array_agg(id), '{}') FROM mine
    );

-- inbox -------------------------------------------------------------------------------------------

-- What waits for whom: an item for one user, or for all who hold a permission at an organisation. Any domain's
-- transaction may put and settle items of others, through two functions that act as the house; by itself it sees
-- only what waits for its actor.

CREATE TABLE inbox_items (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 80),
    subject_type text NOT NULL CHECK (length(subject_type) BETWEEN 1 AND 40),
    subject_id text NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 64),
    user_id uuid REFERENCES users (id),
    permission text CHECK (length(permission) BETWEEN 1 AND 80),
    nature text NOT NULL CHECK (nature IN ('task', 'notice')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 80),
    params jsonb NOT NULL,
    link text NOT NULL CHECK (link LIKE '/app/%' AND length(link) <= 300),
    due_at timestamptz,
    put_at timestamptz NOT NULL,
    done_at timestamptz,
    done_by text,
    CHECK (num_nonnulls(user_id, permission) = 1)
);

-- One open item a kind, subject and receiver.
CREATE UNIQUE INDEX inbox_items_open_key ON inbox_items
    (kind, subject_type, subject_id, organisation_id, coalesce(user_id::text, permission)) WHERE done_at IS NULL;
CREATE INDEX inbox_items_user_idx ON inbox_items (user_id, (done_at IS NULL), put_at DESC, id DESC)
    WHERE user_id IS NOT NULL;
CREATE INDEX inbox_items_holders_idx ON inbox_items (permission, (done_at IS NULL), put_at DESC, id DESC)
    WHERE permission IS NOT NULL;

CREATE TABLE inbox_reads (
    item_id uuid NOT NULL REFERENCES inbox_items (id) ON DELETE CASCADE,
    subject text NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (item_id, subject)
);

ALTER TABLE inbox_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_items FORCE ROW LEVEL SECURITY;
CREATE POLICY received ON inbox_items FOR SELECT USING (
    user_id = (SELECT scopecast_actor_id())
    OR (permission IS NOT NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);
CREATE POLICY put ON inbox_items FOR INSERT WITH CHECK ((SELECT scopecast_is_system()));
CREATE POLICY settled ON inbox_items FOR UPDATE
    USING (user_id = (SELECT scopecast_actor_id()) OR (SELECT scopecast_is_system()));

ALTER TABLE inbox_reads ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_reads FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON inbox_reads USING (subject = (SELECT scopecast_actor()) OR (SELECT scopecast_is_system()));

-- Puts an item, or renews the open one: newest again, and unread by all.
CREATE FUNCTION inbox_put(
    item uuid, at timestamptz, item_kind text, of_type text, of_id text, for_user uuid, for_permission text,
    for_organisation uuid, item_nature text, item_title text, item_params jsonb, item_link text, item_due timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:inbox', true);
    WITH kept AS (
        INSERT INTO inbox_items (
            id, organisation_id, kind, subject_type, subject_id, user_id, permission, nature, title, params, link,
            due_at, put_at
        )
        VALUES (
            item, coalesce(for_organisation, (SELECT organisation_id FROM users WHERE users.id = for_user)),
            item_kind, of_type, of_id, for_user, for_permission, item_nature, item_title, item_params, item_link,
            item_due, at
        )
        ON CONFLICT (kind, subject_type, subject_id, organisation_id, coalesce(user_id::text, permission))
            WHERE done_at IS NULL
            DO UPDATE SET title = excluded.title, params = excluded.params, link = excluded.link,
                due_at = excluded.due_at, put_at = excluded.put_at
        RETURNING inbox_items.id
    )
    DELETE FROM inbox_reads WHERE item_id IN (SELECT kept.id FROM kept);
    PERFORM set_config('scopecast.actor', actor, true);
END;
$$;

-- Settles what is open of a kind and subject, for all receivers or for one user; gives for whom it was.
CREATE FUNCTION inbox_done(at timestamptz, by_subject text, item_kind text, of_type text, of_id text, of_user uuid)
RETURNS TABLE (was_user uuid, was_permission text) LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:inbox', true);
    RETURN QUERY
        UPDATE inbox_items SET done_at = at, done_by = by_subject
        WHERE kind = item_kind AND subject_type = of_type AND subject_id = of_id AND done_at IS NULL
            AND (of_user IS NULL OR user_id = of_user)
        RETURNING user_id, permission;
    PERFORM set_config('scopecast.actor', actor, true);
END;
$$;

GRANT SELECT, INSERT, UPDATE ON inbox_items TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON inbox_reads TO scopecast_app;
-- passkeys and recovery codes ---------------------------------------------------------------------

-- Keys of people's devices: only the public half. `suspended_at`: its counter went backwards, so a copy of it
-- is about, and it opens nothing until it is removed and registered anew.
CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    relying_party text NOT NULL,
    transports text[] NOT NULL DEFAULT '{}',
    backed_up boolean NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    suspended_at timestamptz
);

CREATE INDEX passkeys_user_idx ON passkeys (user_id, id);

-- What an authenticator was asked to sign: good for one answer, for some minutes.
CREATE TABLE passkey_challenges (
    challenge bytea PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('register', 'sign_in', 'second')),
    user_id uuid REFERENCES users (id),
    relying_party text NOT NULL,
    origin text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX passkey_challenges_expiry_idx ON passkey_challenges (expires_at);

-- Each code once; kept as HMAC under a key outside the database.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id),
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

ALTER TABLE logins ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN method text NOT NULL DEFAULT 'password';

ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkeys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON passkeys USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

ALTER TABLE passkey_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkey_challenges FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON passkey_challenges
    USING (user_id = scopecast_actor_id() OR (SELECT scopecast_is_system()));

ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON recovery_codes USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE, DELETE ON passkeys, recovery_codes TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON passkey_challenges TO scopecast_app;
-- tables -----------------------------------------------------------------------------------------

-- Saved views of lists: which columns, filters and order somebody likes; the own, and those that colleagues share.

CREATE TABLE table_views (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    owner_name text NOT NULL,
    table_name text NOT NULL CHECK (length(table_name) BETWEEN 1 AND 63),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    shared boolean NOT NULL DEFAULT false,
    settings jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (owner, table_name, name)
);

CREATE INDEX table_views_shared_idx ON table_views (organisation_id, table_name, name) WHERE shared;

ALTER TABLE table_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE table_views FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_shared ON table_views FOR SELECT USING (
    owner = scopecast_actor() OR (shared AND organisation_id = scopecast_organisation()) OR scopecast_is_system()
);
CREATE POLICY added ON table_views FOR INSERT
    WITH CHECK (owner = scopecast_actor() AND organisation_id = scopecast_organisation());
CREATE POLICY changed ON table_views FOR UPDATE USING (owner = scopecast_actor());
CREATE POLICY removed ON table_views FOR DELETE USING (owner = scopecast_actor());

GRANT SELECT, INSERT, UPDATE, DELETE ON table_views TO scopecast_app;

-- exports ----------------------------------------------------------------------------------------

-- Lists taken away as files: who asked, for what purpose, who allowed it, what was in it.

CREATE SEQUENCE export_numbers;

CREATE TABLE exports (
    id uuid PRIMARY KEY,
    number bigint NOT NULL UNIQUE DEFAULT nextval('export_numbers'),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    owner_name text NOT NULL,
    table_name text NOT NULL,
    format text NOT NULL CHECK (format IN ('xlsx', 'csv')),
    language text NOT NULL CHECK (language IN ('zh-CN', 'en')),
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 4 AND 200),
    question jsonb NOT NULL,
    columns text[] NOT NULL CHECK (cardinality(columns) > 0),
    opened text[] NOT NULL DEFAULT '{}',
    expected bigint NOT NULL,
    state text NOT NULL CHECK (
        state IN ('waiting', 'queued', 'running', 'done', 'refused', 'cancelled', 'failed', 'expired')
    ),
    rows bigint NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0,
    sha256 text,
    asked_at timestamptz NOT NULL,
    decided_by text,
    decided_name text,
    decided_at timestamptz,
    decision_reason text NOT NULL DEFAULT '',
    ended_at timestamptz,
    expires_at timestamptz,
    CONSTRAINT not_by_the_owner CHECK (decided_by <> owner),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);

CREATE INDEX exports_owner_idx ON exports (owner, number DESC);
CREATE INDEX exports_waiting_idx ON exports (organisation_id, number) WHERE state = 'waiting';
CREATE INDEX exports_expires_idx ON exports (expires_at) WHERE state = 'done';

ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE exports FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON exports USING (
    owner = scopecast_actor()
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE ON exports TO scopecast_app;
GRANT USAGE ON SEQUENCE export_numbers TO scopecast_app;
-- keys of programs, certificates of people --------------------------------------------------------

-- What lets a program in on behalf of who made the key: hashed, with an end, and counted by the minute and day.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    prefix text NOT NULL,
    key_hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    per_minute integer NOT NULL CHECK (per_minute > 0),
    per_day integer NOT NULL CHECK (per_day > 0),
    minute_at timestamptz NOT NULL DEFAULT '-infinity',
    minute_count integer NOT NULL DEFAULT 0,
    day_at timestamptz NOT NULL DEFAULT '-infinity',
    day_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX api_keys_organisation_idx ON api_keys (organisation_id, id);
CREATE INDEX api_keys_user_idx ON api_keys (user_id);

-- Certificates that a proxy of ours vouches for, bound to their user.
CREATE TABLE user_certificates (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    fingerprint bytea NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    subject text NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX user_certificates_user_idx ON user_certificates (user_id, id);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON api_keys USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

ALTER TABLE user_certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON user_certificates USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE ON api_keys TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_certificates TO scopecast_app;

-- joining -----------------------------------------------------------------------------------------

ALTER TABLE users ADD COLUMN speciality text NOT NULL DEFAULT '';

-- How to reach a user: sealed, and found again by a keyed look-up alone.
CREATE TABLE user_contacts (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    phone_sealed bytea,
    phone_lookup bytea,
    document_sealed bytea,
    document_lookup bytea UNIQUE,
    changed_at timestamptz NOT NULL
);

CREATE INDEX user_contacts_phone_idx ON user_contacts (phone_lookup);

-- Who asks for an account, until the organisation has answered.
CREATE TABLE registrations (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    code_hash bytea NOT NULL UNIQUE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    phone_sealed bytea NOT NULL,
    phone_lookup bytea NOT NULL,
    title text NOT NULL,
    speciality text NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    locale text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
    answer text NOT NULL DEFAULT '',
    user_id uuid REFERENCES users (id),
    reviewed_by uuid REFERENCES users (id),
    reviewed_at timestamptz,
    created_at timestamptz NOT NULL,
    CHECK ((state = 'approved') = (user_id IS NOT NULL))
);

CREATE INDEX registrations_state_idx ON registrations (state, id);
CREATE INDEX registrations_organisation_idx ON registrations (organisation_id, state, id);
CREATE INDEX registrations_phone_idx ON registrations (phone_lookup) WHERE state = 'waiting';

-- A link that makes one account.
CREATE TABLE user_invitations (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0),
    name text NOT NULL,
    url_hash bytea NOT NULL UNIQUE,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    user_id uuid REFERENCES users (id),
    revoked_at timestamptz
);

CREATE INDEX user_invitations_organisation_idx ON user_invitations (organisation_id, id);

-- A checked list of users to be made, and once they are made what each is to be told: sealed, and handed out once.
CREATE TABLE user_imports (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    made_by uuid NOT NULL REFERENCES users (id),
    rows integer NOT NULL CHECK (rows > 0),
    state text NOT NULL CHECK (state IN ('checked', 'accepted', 'handed_out')),
    sealed bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX user_imports_organisation_idx ON user_imports (organisation_id, id);
CREATE INDEX user_imports_expiry_idx ON user_imports (expires_at) WHERE sealed IS NOT NULL;

ALTER TABLE user_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON user_contacts USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

ALTER TABLE registrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE registrations FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON registrations USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

ALTER TABLE user_invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON user_invitations USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

ALTER TABLE user_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON user_imports USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE ON user_contacts, registrations, user_invitations, user_imports TO scopecast_app;
-- threads ------------------------------------------------------------------------------------------

-- Threads of any depth on anything: why a comment was hidden or that its author took it back, what lies beside
-- it, and who is named in it. A reply keeps whom it answers even where the path grows no longer.

ALTER TABLE comments DROP CONSTRAINT comments_subject_type_check;
ALTER TABLE comments ADD CONSTRAINT comments_subject_type_check CHECK (subject_type IN ('session', 'question'));
ALTER TABLE comments DROP CONSTRAINT comments_body_check;
ALTER TABLE comments ADD CONSTRAINT comments_body_check CHECK (length(body) <= 1000);
ALTER TABLE comments
    ADD COLUMN hidden_reason text CHECK (hidden_reason IN ('identity', 'rude', 'advertising', 'wrong', 'other')),
    ADD COLUMN withdrawn_at timestamptz;

CREATE INDEX comments_liked_idx ON comments (subject_type, subject_id, likes DESC, id DESC) WHERE parent_id IS NULL;

CREATE TABLE comment_files (
    comment_id uuid NOT NULL REFERENCES comments (id),
    file_id uuid NOT NULL REFERENCES files (id),
    place integer NOT NULL CHECK (place BETWEEN 0 AND 8),
    PRIMARY KEY (comment_id, file_id)
);

CREATE TABLE comment_mentions (
    comment_id uuid NOT NULL REFERENCES comments (id),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    PRIMARY KEY (comment_id, user_id)
);

ALTER TABLE comment_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE comment_files FORCE ROW LEVEL SECURITY;
CREATE POLICY of_comment ON comment_files
    USING (EXISTS (SELECT FROM comments WHERE comments.id = comment_id));

ALTER TABLE comment_mentions ENABLE ROW LEVEL SECURITY;
ALTER TABLE comment_mentions FORCE ROW LEVEL SECURITY;
CREATE POLICY of_comment ON comment_mentions
    USING (EXISTS (SELECT FROM comments WHERE comments.id = comment_id));

GRANT SELECT, INSERT ON comment_files, comment_mentions TO scopecast_app;

-- questions ----------------------------------------------------------------------------------------

-- Questions of doctors, and themed discussions, which are questions with a host, a period and a summary. Answers
-- are comments. Seen by the asker's organisation, by what lies below a node, by all who see the session they came
-- from, or by everyone signed in; further by invited experts, by holders of a link, and by guests of a discussion.

CREATE FUNCTION scopecast_above() RETURNS uuid[] LANGUAGE sql STABLE
    RETURN (
        WITH RECURSIVE over AS (
            SELECT id, parent_id FROM organisations WHERE id = scopecast_organisation()
            UNION
            SELECT o.id, o.parent_id FROM organisations o JOIN over ON o.id = over.parent_id
        )
        SELECT coalesce(array_agg(id), '{}') FROM over
    );

CREATE TABLE questions (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind IN ('question', 'discussion')),
    asker_id uuid NOT NULL REFERENCES users (id),
    asker_name text NOT NULL CHECK (length(asker_name) BETWEEN 1 AND 120),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
    body text NOT NULL CHECK (length(body) <= 4000),
    case_summary text NOT NULL CHECK (length(case_summary) <= 4000),
    topic text NOT NULL CHECK (length(topic) BETWEEN 1 AND 40),
    body_part text CHECK (length(body_part) BETWEEN 1 AND 40),
    scene text NOT NULL CHECK (scene IN ('pc', 'phone', 'endoscopy_room', 'live', 'replay')),
    visibility text NOT NULL CHECK (visibility IN ('session', 'organisation', 'scope', 'everyone')),
    seen_from uuid REFERENCES organisations (id),
    session_id uuid REFERENCES sessions (id),
    recording_id uuid REFERENCES recordings (id),
    source text CHECK (length(source) <= 20),
    media_time_ms bigint CHECK (media_time_ms >= 0),
    captured_at timestamptz,
    state text NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
    best_comment_id uuid REFERENCES comments (id),
    opens_at timestamptz,
    closes_at timestamptz,
    summary text NOT NULL DEFAULT '' CHECK (length(summary) <= 8000),
    concluded_at timestamptz,
    hidden_at timestamptz,
    hidden_by text,
    hidden_reason text,
    asked_at timestamptz NOT NULL,
    asked_s bigint NOT NULL,
    active_at timestamptz NOT NULL,
    likes integer NOT NULL DEFAULT 0,
    answers integer NOT NULL DEFAULT 0,
    follows integer NOT NULL DEFAULT 0,
    files integer NOT NULL DEFAULT 0,
    -- Ten times the weight is worth two days of age: stored, so that the order needs no work of its own.
    heat bigint GENERATED ALWAYS AS (
        (log((1 + likes + 3 * answers + 2 * follows)::double precision) * 1000000)::bigint
        + asked_s * 1000000 / 172800
    ) STORED,
    search_tokens text[] NOT NULL DEFAULT '{}',
    search_text text NOT NULL DEFAULT '',
    CHECK ((visibility = 'session') <= (session_id IS NOT NULL)),
    CHECK ((visibility = 'scope') = (seen_from IS NOT NULL)),
    CHECK (kind = 'question' OR (opens_at IS NOT NULL AND closes_at > opens_at))
);

CREATE INDEX questions_asker_idx ON questions (asker_id, id DESC);
CREATE INDEX questions_topic_idx ON questions (topic, id DESC);
CREATE INDEX questions_session_idx ON questions (session_id, id DESC) WHERE session_id IS NOT NULL;
CREATE INDEX questions_search_idx ON questions USING gin (search_tokens);

CREATE TABLE question_likes (
    question_id uuid NOT NULL REFERENCES questions (id),
    subject text NOT NULL,
    liked_at timestamptz NOT NULL,
    PRIMARY KEY (question_id, subject)
);

CREATE TABLE question_follows (
    question_id uuid NOT NULL REFERENCES questions (id),
    user_id uuid NOT NULL REFERENCES users (id),
    followed_at timestamptz NOT NULL,
    PRIMARY KEY (question_id, user_id)
);

-- Experts asked to answer: they see the question wherever they are.
CREATE TABLE question_experts (
    question_id uuid NOT NULL REFERENCES questions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    organisation_name text NOT NULL,
    invited_by uuid NOT NULL REFERENCES users (id),
    invited_at timestamptz NOT NULL,
    PRIMARY KEY (question_id, user_id)
);

CREATE INDEX question_experts_user_idx ON question_experts (user_id, question_id);

-- Experts who were asked to answer and are no longer: who asked, and who took it back. It gives no right.
CREATE TABLE question_withdrawn_experts (
    question_id uuid NOT NULL REFERENCES questions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    organisation_name text NOT NULL,
    invited_by uuid NOT NULL REFERENCES users (id),
    invited_at timestamptz NOT NULL,
    withdrawn_by uuid NOT NULL REFERENCES users (id),
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (question_id, user_id, withdrawn_at)
);

CREATE TABLE question_files (
    question_id uuid NOT NULL REFERENCES questions (id),
    file_id uuid NOT NULL REFERENCES files (id),
    place integer NOT NULL CHECK (place BETWEEN 0 AND 8),
    still boolean NOT NULL DEFAULT false,
    PRIMARY KEY (question_id, file_id)
);

CREATE TABLE question_shares (
    id uuid PRIMARY KEY,
    question_id uuid NOT NULL REFERENCES questions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    token_hash bytea NOT NULL UNIQUE,
    pin_hash text NOT NULL,
    pin_failures integer NOT NULL DEFAULT 0,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX question_shares_question_idx ON question_shares (question_id, id);

CREATE TABLE question_admissions (
    question_id uuid NOT NULL REFERENCES questions (id),
    subject text NOT NULL,
    share_id uuid NOT NULL REFERENCES question_shares (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    expires_at timestamptz NOT NULL,
    admitted_at timestamptz NOT NULL,
    PRIMARY KEY (question_id, subject, share_id)
);

CREATE INDEX question_admissions_subject_idx ON question_admissions (subject, question_id);

-- A screen in an endoscopy room that a person has paired: it asks and looks for that person's organisation.
CREATE TABLE kiosks (
    id uuid PRIMARY KEY,
    code_hash bytea,
    token_hash bytea NOT NULL UNIQUE,
    organisation_id uuid REFERENCES organisations (id),
    room text CHECK (length(room) BETWEEN 1 AND 40),
    paired_by uuid REFERENCES users (id),
    paired_by_name text,
    created_at timestamptz NOT NULL,
    paired_at timestamptz,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE UNIQUE INDEX kiosks_code_key ON kiosks (code_hash) WHERE code_hash IS NOT NULL;
CREATE INDEX kiosks_waiting_idx ON kiosks (expires_at) WHERE paired_at IS NULL;
CREATE INDEX kiosks_paired_idx ON kiosks (paired_by, id DESC) WHERE paired_at IS NOT NULL;

ALTER TABLE questions ENABLE ROW LEVEL SECURITY;
ALTER TABLE questions FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON questions FOR SELECT USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (visibility = 'everyone' AND (SELECT scopecast_organisation()) IS NOT NULL)
    OR (visibility = 'scope' AND seen_from = ANY ((SELECT scopecast_above())::uuid[]))
    OR (visibility = 'session' AND EXISTS (SELECT FROM sessions WHERE sessions.id = session_id))
    OR asker_id = (SELECT scopecast_actor_id())
    OR id IN (SELECT question_id FROM question_experts WHERE user_id = scopecast_actor_id())
    OR id IN (SELECT question_id FROM question_admissions WHERE subject = scopecast_actor())
    OR id IN (SELECT guest_session_id FROM logins WHERE guest_id = scopecast_actor_id() AND ended_at IS NULL)
    OR (SELECT scopecast_is_system())
);
CREATE POLICY asked ON questions FOR INSERT WITH CHECK (organisation_id = (SELECT scopecast_organisation()));
CREATE POLICY changed ON questions FOR UPDATE USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR asker_id = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE question_likes ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_likes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON question_likes
    USING (subject = (SELECT scopecast_actor()) OR (SELECT scopecast_is_system()))
    WITH CHECK (subject = scopecast_actor() AND EXISTS (SELECT FROM questions WHERE questions.id = question_id));

ALTER TABLE question_follows ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_follows FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON question_follows
    USING (user_id = (SELECT scopecast_actor_id()) OR (SELECT scopecast_is_system()))
    WITH CHECK (
        user_id = scopecast_actor_id() AND EXISTS (SELECT FROM questions WHERE questions.id = question_id)
        OR scopecast_is_system()
    );

ALTER TABLE question_experts ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_experts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON question_experts USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR user_id = (SELECT scopecast_actor_id())
    OR invited_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE question_withdrawn_experts ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_withdrawn_experts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON question_withdrawn_experts USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR invited_by = (SELECT scopecast_actor_id())
    OR withdrawn_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE question_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_files FORCE ROW LEVEL SECURITY;
CREATE POLICY of_question ON question_files
    USING (EXISTS (SELECT FROM questions WHERE questions.id = question_id));

ALTER TABLE question_admissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_admissions FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON question_admissions USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR subject = (SELECT scopecast_actor())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE question_shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_shares FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON question_shares USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR created_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE kiosks ENABLE ROW LEVEL SECURITY;
ALTER TABLE kiosks FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON kiosks
    USING (organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system()));

CREATE POLICY of_question ON comments
    USING (subject_type = 'question' AND EXISTS (SELECT FROM questions WHERE questions.id = subject_id));

-- What lies beside a question or an answer is read by those who see the question.
ALTER TABLE files DROP CONSTRAINT files_subject_type_check;
ALTER TABLE files ADD CONSTRAINT files_subject_type_check CHECK (length(subject_type) BETWEEN 1 AND 40);
CREATE POLICY of_question ON files FOR SELECT
    USING (subject_type = 'question' AND EXISTS (SELECT FROM questions WHERE questions.id = subject_id));

-- Counts anew what a question's figures say, as the house: whoever answers from elsewhere may not change the row.
CREATE FUNCTION question_count(question uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:qa', true);
    PERFORM FROM questions WHERE id = question FOR UPDATE;
    UPDATE questions q SET
        likes = (SELECT count(*) FROM question_likes l WHERE l.question_id = q.id),
        follows = (SELECT count(*) FROM question_follows f WHERE f.question_id = q.id AND f.user_id <> q.asker_id),
        answers = c.answers,
        state = CASE
            WHEN q.state = 'closed' THEN 'closed' WHEN c.by_others > 0 THEN 'answered' ELSE 'open'
        END,
        active_at = greatest(q.active_at, at)
    FROM (
        SELECT
            count(*) AS answers,
            count(*) FILTER (
                WHERE author <> (SELECT asker_id::text FROM questions WHERE id = question)
            ) AS by_others
        FROM comments
        WHERE subject_type = 'question' AND subject_id = question AND parent_id IS NULL
            AND hidden_at IS NULL AND withdrawn_at IS NULL
    ) c
    WHERE q.id = question;
    PERFORM set_config('scopecast.actor', actor, true);
END;
$$;

-- Who follows a question, for those who tell them.
CREATE FUNCTION question_followers(question uuid, most integer) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:qa', true);
    RETURN QUERY SELECT user_id FROM question_follows WHERE question_id = question ORDER BY followed_at LIMIT most;
    PERFORM set_config('scopecast.actor', actor, true);
END;
$$;

GRANT SELECT, INSERT, UPDATE ON questions, question_shares, kiosks TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON question_likes, question_follows, question_experts, question_files TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON question_admissions TO scopecast_app;
GRANT SELECT, INSERT ON question_withdrawn_experts TO scopecast_app;
GRANT DELETE ON kiosks TO scopecast_app;

-- patients ----------------------------------------------------------------------------------------

-- A patient's own account: reached by a code to the telephone, never by a password, and never one of the staff.
CREATE TABLE patient_accounts (
    id uuid PRIMARY KEY,
    phone_sealed bytea NOT NULL,
    phone_lookup bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);

-- Codes sent to telephones: each good once, for some minutes and some tries.
CREATE TABLE phone_codes (
    id uuid PRIMARY KEY,
    phone_sealed bytea NOT NULL,
    phone_lookup bytea NOT NULL,
    code_hash bytea NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX phone_codes_expiry_idx ON phone_codes (expires_at);

ALTER TABLE logins ADD COLUMN patient_id uuid REFERENCES patient_accounts (id);
ALTER TABLE logins DROP CONSTRAINT logins_check;
ALTER TABLE logins ADD CONSTRAINT logins_of_one CHECK (num_nonnulls(user_id, guest_id, patient_id) = 1);

CREATE INDEX logins_patient_idx ON logins (patient_id) WHERE ended_at IS NULL;

ALTER TABLE patient_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE patient_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON patient_accounts
    USING (id = scopecast_actor_id() OR (SELECT scopecast_is_system()));

ALTER TABLE phone_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE phone_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON phone_codes USING ((SELECT scopecast_is_system()));

GRANT SELECT, INSERT, UPDATE ON patient_accounts TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON phone_codes TO scopecast_app;
-- search -----------------------------------------------------------------------------------------

-- Search under row-level rules. PostgreSQL lets no operator that might tell of a row's value go before the rule of
-- its table, and the operators of arrays count as such: their index would never be used. A table that is searched
-- gets a function that runs as the owner, asks the index, keeps to the scope itself, and gives ids alone; what is
-- read by those ids stands under the rules as ever. Needs columns id, organisation_id, search_tokens, search_text.

CREATE FUNCTION scopecast_make_searchable(relation regclass) RETURNS void LANGUAGE plpgsql AS $make$
BEGIN
    EXECUTE format('CREATE POLICY found_by_owner ON %s FOR SELECT TO %I USING (true)', relation, current_user);
    EXECUTE format(
        $function$
        CREATE FUNCTION %I(tokens text[], proofs text[], at_most integer) RETURNS SETOF uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
            SELECT id FROM public.%I
            WHERE search_tokens @> tokens
            AND (organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system()))
            AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(search_text, proof) = 0)
            LIMIT at_most
        $body$
        $function$,
        relation::text || '_found',
        relation::text
    );
    EXECUTE format('REVOKE ALL ON FUNCTION %I(text[], text[], integer) FROM PUBLIC', relation::text || '_found');
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION %I(text[], text[], integer) TO scopecast_app', relation::text || '_found'
    );
END
$make$;

REVOKE ALL ON FUNCTION scopecast_make_searchable(regclass) FROM PUBLIC;

-- the trail as a list ----------------------------------------------------------------------------

-- The trail as a list: entries of the organisations that the asker may see; nobody's entries for the topmost alone.

-- Which entries are seen: those of the organisations in the asker's scope; nobody's for a topmost one; the house all.
CREATE FUNCTION scopecast_is_topmost() RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL);

ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON audit_entries FOR SELECT USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (organisation_id IS NULL AND (SELECT scopecast_is_topmost()))
    OR (SELECT scopecast_is_system())
);
CREATE POLICY added_by_all ON audit_entries FOR INSERT WITH CHECK (true);

CREATE VIEW audit_rows WITH (security_invoker = true) AS
SELECT
    number, at, tag, outcome, actor, coalesce(nullif(actor_name, ''), actor) AS actor_name, organisation_id, address,
    target_kind, target, details::text AS details
FROM audit_entries
WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (
        organisation_id IS NULL
        AND EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL)
    );

GRANT SELECT ON audit_rows TO scopecast_app;

-- jobs of organisations --------------------------------------------------------------------------------

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

-- organisations: who stands below whom --------------------------------------------------------------

-- Who stands below whom, as a closure: each organisation with itself (depth 0) and with everyone above it. Kept by
-- triggers alone, so that "a node and what lies below" is one range of an index.

CREATE TABLE organisation_paths (
    ancestor_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    descendant_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    depth integer NOT NULL CHECK (depth >= 0),
    PRIMARY KEY (ancestor_id, descendant_id),
    CHECK ((depth = 0) = (ancestor_id = descendant_id))
);

CREATE INDEX organisation_paths_above_idx ON organisation_paths (descendant_id, depth, ancestor_id);

-- The shape of the tree is no secret (whoever registers picks from it); nobody but the triggers writes it.
ALTER TABLE organisation_paths ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_paths FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON organisation_paths FOR SELECT USING (true);
CREATE POLICY kept ON organisation_paths TO scopecast_owner USING (true) WITH CHECK (true);
GRANT SELECT ON organisation_paths TO scopecast_app;

INSERT INTO organisation_paths (ancestor_id, descendant_id, depth)
WITH RECURSIVE path AS (
    SELECT id AS ancestor_id, id AS descendant_id, 0 AS depth FROM organisations
    UNION ALL
    SELECT path.ancestor_id, o.id, path.depth + 1 FROM organisations o JOIN path ON o.parent_id = path.descendant_id
)
SELECT ancestor_id, descendant_id, depth FROM path;

-- Many may be added at a time, one may be moved: whoever moves waits for those who add, and the other way round.
CREATE FUNCTION organisation_path_add() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('organisation_paths'));
    IF NEW.parent_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM organisation_paths WHERE descendant_id = NEW.parent_id)
    THEN
        RAISE EXCEPTION 'the organisation above must be there first' USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO organisation_paths (ancestor_id, descendant_id, depth)
    SELECT ancestor_id, NEW.id, depth + 1 FROM organisation_paths WHERE descendant_id = NEW.parent_id
    UNION ALL
    SELECT NEW.id, NEW.id, 0;
    RETURN NULL;
END;
$$;

CREATE FUNCTION organisation_path_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('organisation_paths'));
    IF EXISTS (
        SELECT FROM organisation_paths WHERE ancestor_id = NEW.id AND descendant_id = NEW.parent_id
    ) THEN
        RAISE EXCEPTION 'an organisation cannot stand below itself' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'organisations_not_below_itself', TABLE = 'organisations';
    END IF;
    DELETE FROM organisation_paths
    WHERE descendant_id IN (SELECT descendant_id FROM organisation_paths WHERE ancestor_id = NEW.id)
        AND ancestor_id NOT IN (SELECT descendant_id FROM organisation_paths WHERE ancestor_id = NEW.id);
    INSERT INTO organisation_paths (ancestor_id, descendant_id, depth)
    SELECT above.ancestor_id, below.descendant_id, above.depth + 1 + below.depth
    FROM organisation_paths above CROSS JOIN organisation_paths below
    WHERE above.descendant_id = NEW.parent_id AND below.ancestor_id = NEW.id;
    RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION organisation_path_add(), organisation_path_move() FROM PUBLIC;

CREATE TRIGGER organisations_added AFTER INSERT ON organisations
    FOR EACH ROW EXECUTE FUNCTION organisation_path_add();
CREATE TRIGGER organisations_moved AFTER UPDATE OF parent_id ON organisations
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION organisation_path_move();

CREATE OR REPLACE FUNCTION scopecast_scope() RETURNS uuid[] LANGUAGE sql STABLE
    RETURN (
        SELECT coalesce(array_agg(descendant_id), '{}') FROM organisation_paths
        WHERE ancestor_id = scopecast_organisation()
    );
-- accounts by row --------------------------------------------------------------------------------

-- Row-level rules of accounts and of what signs them in. Whoever is told apart here: the house (`system:…`), who
-- looks up before it is known who asks; the person; and those whose scope the account's organisation is in.

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON users USING (
    (SELECT scopecast_is_system())
    OR id = (SELECT scopecast_actor_id())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

ALTER TABLE logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE logins FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON logins USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR guest_id = (SELECT scopecast_actor_id())
    OR patient_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON invitations USING (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

-- Secrets of logins, and what was tried from where: nobody but the house reads them.
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON refresh_tokens USING ((SELECT scopecast_is_system()));

ALTER TABLE login_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON login_attempts USING ((SELECT scopecast_is_system()));

-- organisations by row ---------------------------------------------------------------------------

-- The directory of organisations is read by whoever acts, guests and those who ask for an account too, and by nobody
-- who does not say who they are. What it says is changed from above alone.

ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE POLICY directory ON organisations FOR SELECT USING ((SELECT scopecast_actor()) <> '');
CREATE POLICY added ON organisations FOR INSERT
    WITH CHECK ((SELECT scopecast_is_system()) OR parent_id = ANY ((SELECT scopecast_scope())::uuid[]));
CREATE POLICY changed ON organisations FOR UPDATE
    USING ((SELECT scopecast_is_system()) OR id = ANY ((SELECT scopecast_scope())::uuid[]));

-- The shape of the tree likewise.
ALTER POLICY seen ON organisation_paths USING ((SELECT scopecast_actor()) <> '');

-- What belongs to an account follows the account's own rule, by its key and not by a list of all accounts in scope.
ALTER POLICY own_or_of_organisation ON passkeys USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
ALTER POLICY own_or_of_organisation ON recovery_codes USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
ALTER POLICY own_or_of_organisation ON user_certificates USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
ALTER POLICY own_or_of_organisation ON user_contacts USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
-- files: uploads under way ----------------------------------------------------------------------

-- Uploads that have begun: their sealed bytes lie on disk, and how far they have come is read there.

CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    size bigint NOT NULL CHECK (size > 0),
    modified_ms bigint NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX uploads_owner_idx ON uploads (owner, id);
CREATE INDEX uploads_organisation_idx ON uploads (organisation_id);
CREATE INDEX uploads_expiry_idx ON uploads (expires_at);
CREATE INDEX files_used_idx ON files (organisation_id) INCLUDE (size);

ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY of_owner ON uploads USING (
    owner = (SELECT scopecast_actor()) AND organisation_id = (SELECT scopecast_organisation())
);
CREATE POLICY swept ON uploads USING ((SELECT scopecast_is_system()));
GRANT SELECT, INSERT, DELETE ON uploads TO scopecast_app;
-- jobs as a list -------------------------------------------------------------------------------------

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

-- audit messages --------------------------------------------------------------------------------------

-- How far the trail has been delivered to a receiver of audit messages. The trail itself is the spool.

CREATE TABLE audit_deliveries (
    receiver text PRIMARY KEY CHECK (length(receiver) BETWEEN 1 AND 300),
    number bigint NOT NULL DEFAULT 0 CHECK (number >= 0),
    delivered_at timestamptz,
    failed_at timestamptz,
    failure text NOT NULL DEFAULT ''
);

ALTER TABLE audit_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON audit_deliveries USING ((SELECT scopecast_is_system()));
GRANT SELECT, INSERT, UPDATE ON audit_deliveries TO scopecast_app;

-- workers, and who was seen --------------------------------------------------------------------------

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
-- places of what a search finds -----------------------------------------------------------------------

-- What a search finds is told by its place in the table (ctid), which holds for the statement that asked: reading the
-- rows then costs no descent of the key's index each. Functions that were made before still give ids; none was.

CREATE OR REPLACE FUNCTION scopecast_make_searchable(relation regclass) RETURNS void LANGUAGE plpgsql AS $make$
BEGIN
    EXECUTE format('CREATE POLICY found_by_owner ON %s FOR SELECT TO %I USING (true)', relation, current_user);
    EXECUTE format(
        $function$
        CREATE FUNCTION %I(tokens text[], proofs text[], at_most integer) RETURNS SETOF tid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
            SELECT ctid FROM public.%I
            WHERE search_tokens @> tokens
            AND (organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system()))
            AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(search_text, proof) = 0)
            LIMIT at_most
        $body$
        $function$,
        relation::text || '_found',
        relation::text
    );
    EXECUTE format('REVOKE ALL ON FUNCTION %I(text[], text[], integer) FROM PUBLIC', relation::text || '_found');
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION %I(text[], text[], integer) TO scopecast_app', relation::text || '_found'
    );
END
$make$;

-- accounts as a list ---------------------------------------------------------------------------------

-- Accounts as a list: sorted by pinyin, searched by characters and pinyin, asked by standing. The platform fills in
-- the words of accounts from before at its next start; an older release goes on making accounts without them.

ALTER TABLE users ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN search_tokens text[] NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN search_text text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN second_factor boolean NOT NULL GENERATED ALWAYS AS (totp_confirmed_at IS NOT NULL) STORED;
ALTER TABLE users ADD COLUMN standing text NOT NULL GENERATED ALWAYS AS (
    CASE
        WHEN disabled_at IS NOT NULL THEN 'disabled'
        WHEN must_change_password OR totp_confirmed_at IS NULL THEN 'invited'
        ELSE 'active'
    END
) STORED;

CREATE INDEX users_name_key_idx ON users (name_key, id)
    INCLUDE (created_at, organisation_id, second_factor, standing);
CREATE INDEX users_organisation_name_idx ON users (organisation_id, name_key, id)
    INCLUDE (created_at, second_factor, standing);
CREATE INDEX users_standing_idx ON users (standing);
CREATE INDEX users_created_at_idx ON users (created_at, id)
    INCLUDE (organisation_id, second_factor, standing);
CREATE INDEX users_organisation_created_at_idx ON users (organisation_id, created_at, id)
    INCLUDE (second_factor, standing);
CREATE INDEX users_search_idx ON users USING gin (search_tokens);
CREATE INDEX users_unworded_idx ON users (id) WHERE name_key = '';
SELECT scopecast_make_searchable('users');

CREATE VIEW user_rows WITH (security_invoker = true) AS
SELECT
    u.id, u.organisation_id, o.name AS organisation_name, u.username, u.name, u.name_key, u.title,
    array_to_string(u.roles, ' ') AS roles, u.second_factor, u.standing, u.created_at, u.search_tokens, u.search_text,
    u.ctid AS place
FROM users u
LEFT JOIN organisations o ON o.id = u.organisation_id
WHERE u.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON user_rows TO scopecast_app;

-- keys, registrations and invitations as lists --------------------------------------------------------

-- Keys of programs, and who waits for an account or is invited to one, as lists.

CREATE INDEX api_keys_created_at_idx ON api_keys (created_at, id);
CREATE INDEX api_keys_organisation_created_at_idx ON api_keys (organisation_id, created_at, id);
CREATE INDEX api_keys_expires_at_idx ON api_keys (expires_at, id);
CREATE INDEX api_keys_organisation_expires_at_idx ON api_keys (organisation_id, expires_at, id);
CREATE INDEX api_keys_prefix_idx ON api_keys (prefix);
CREATE INDEX api_keys_revoked_at_idx ON api_keys (revoked_at);

CREATE VIEW api_key_rows WITH (security_invoker = true) AS
SELECT
    k.id, k.organisation_id, o.name AS organisation_name, k.user_id, u.name AS user_name, k.name, k.prefix,
    array_to_string(k.scopes, ' ') AS scopes, k.per_minute, k.per_day, k.created_at, k.expires_at, k.used_at, k.revoked_at,
    CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'over' ELSE 'good' END AS state
FROM api_keys k
LEFT JOIN users u ON u.id = k.user_id
LEFT JOIN organisations o ON o.id = k.organisation_id
WHERE k.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

CREATE INDEX registrations_created_at_idx ON registrations (created_at, id);
CREATE INDEX registrations_organisation_created_at_idx ON registrations (organisation_id, created_at, id);
CREATE INDEX registrations_name_idx ON registrations (name);

CREATE VIEW registration_rows WITH (security_invoker = true) AS
SELECT
    r.id, r.organisation_id, o.name AS organisation_name, r.name, r.title, r.speciality, r.reason, r.phone_sealed,
    (
        (SELECT count(*) FROM registrations s
            WHERE s.phone_lookup = r.phone_lookup AND s.state = 'waiting' AND s.id <> r.id)
        + (SELECT count(*) FROM user_contacts c WHERE c.phone_lookup = r.phone_lookup)
    )::integer AS same_phone,
    r.state, r.answer, r.created_at, r.reviewed_at
FROM registrations r
LEFT JOIN organisations o ON o.id = r.organisation_id
WHERE r.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

CREATE INDEX user_invitations_created_at_idx ON user_invitations (created_at, id);
CREATE INDEX user_invitations_organisation_created_at_idx ON user_invitations (organisation_id, created_at, id);
CREATE INDEX user_invitations_expires_at_idx ON user_invitations (expires_at, id);
CREATE INDEX user_invitations_organisation_expires_at_idx ON user_invitations (organisation_id, expires_at, id);
CREATE INDEX user_invitations_created_by_idx ON user_invitations (created_by);
CREATE INDEX user_invitations_used_at_idx ON user_invitations (used_at);
CREATE INDEX user_invitations_revoked_at_idx ON user_invitations (revoked_at);

CREATE VIEW user_invitation_rows WITH (security_invoker = true) AS
SELECT
    i.id, i.organisation_id, o.name AS organisation_name, i.name, array_to_string(i.roles, ' ') AS roles,
    i.created_by, u.name AS created_by_name, i.created_at, i.expires_at, i.used_at, i.revoked_at,
    CASE
        WHEN i.used_at IS NOT NULL THEN 'used'
        WHEN i.revoked_at IS NOT NULL THEN 'revoked'
        WHEN i.expires_at <= now() THEN 'over'
        ELSE 'open'
    END AS state
FROM user_invitations i
LEFT JOIN users u ON u.id = i.created_by
LEFT JOIN organisations o ON o.id = i.organisation_id
WHERE i.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON api_key_rows, registration_rows, user_invitation_rows TO scopecast_app;

-- exports as lists ------------------------------------------------------------------------------------

-- Exports as lists: one's own, and those that wait for somebody else to agree.

CREATE INDEX exports_asked_at_idx ON exports (asked_at, id);
CREATE INDEX exports_organisation_asked_at_idx ON exports (organisation_id, asked_at, id);
CREATE INDEX exports_state_idx ON exports (state);

CREATE VIEW export_rows WITH (security_invoker = true) AS
SELECT
    e.id, e.organisation_id, e.owner, e.owner_name, e.state, e.asked_at, e.format, e.purpose, e.table_name,
    'E' || to_char(e.asked_at AT TIME ZONE 'UTC', 'YYYYMMDD') || '-' || lpad(e.number::text, 6, '0') AS reference,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.columns) AS name) AS columns,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.opened) AS name) AS opened,
    jsonb_array_length(e.question -> 'filters') + (e.question ->> 'text' <> '')::integer AS filters,
    e.expected, e.rows, e.sha256, e.decided_name, e.decision_reason, e.expires_at
FROM exports e
WHERE e.owner = scopecast_actor();

CREATE VIEW export_waiting_rows WITH (security_invoker = true) AS
SELECT
    e.id, e.organisation_id, e.owner, e.owner_name, e.state, e.asked_at, e.format, e.purpose, e.table_name,
    'E' || to_char(e.asked_at AT TIME ZONE 'UTC', 'YYYYMMDD') || '-' || lpad(e.number::text, 6, '0') AS reference,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.columns) AS name) AS columns,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.opened) AS name) AS opened,
    jsonb_array_length(e.question -> 'filters') + (e.question ->> 'text' <> '')::integer AS filters,
    e.expected
FROM exports e
WHERE e.state = 'waiting' AND e.owner <> scopecast_actor()
    AND e.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON export_rows, export_waiting_rows TO scopecast_app;

-- sessions by their words -----------------------------------------------------------------------------

-- Sessions are searched as every list is: by characters and pinyin (decision 0060), through a function of the owner
-- (decision 0063), for under row-level rules no index of trigrams is used, and two characters make no trigram. The
-- function keeps to the rule `seen`. The platform fills in the words of sessions from before at its next start.

ALTER TABLE sessions ADD COLUMN search_tokens text[] NOT NULL DEFAULT '{}';
ALTER TABLE sessions ADD COLUMN search_words text NOT NULL DEFAULT '';

DROP INDEX sessions_search_idx;
CREATE INDEX sessions_search_idx ON sessions USING gin (search_tokens);
CREATE INDEX sessions_unworded_idx ON sessions (id) WHERE search_words = '';

CREATE POLICY found_by_owner ON sessions FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION sessions_found(tokens text[], proofs text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
    SELECT id FROM public.sessions
    WHERE search_tokens @> tokens
    AND (
        organisation_id = (SELECT scopecast_organisation())
        OR (visibility = 'everyone_signed_in' AND (SELECT scopecast_organisation()) IS NOT NULL)
        OR id IN (SELECT session_id FROM session_admissions WHERE subject = scopecast_actor())
        OR id IN (SELECT guest_session_id FROM logins WHERE guest_id = scopecast_actor_id() AND ended_at IS NULL)
        OR (SELECT scopecast_is_system())
    )
    AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(search_words, proof) = 0)
$body$;
REVOKE ALL ON FUNCTION sessions_found(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sessions_found(text[], text[]) TO scopecast_app;
-- 0022 organisations

-- Organisations: by what names they are found, which codes they have at other authorities, whether they are closed or
-- were merged into another, and what was done to them by whom and why.

ALTER TABLE organisations DROP CONSTRAINT organisations_kind_check;
ALTER TABLE organisations
    ADD CONSTRAINT organisations_kind_check CHECK (kind IN (
        'nation', 'province', 'city', 'county', 'hospital', 'department', 'office', 'university', 'group'
    )),
    ADD COLUMN short_name text NOT NULL DEFAULT '' CHECK (length(short_name) <= 60),
    ADD COLUMN aliases text[] NOT NULL DEFAULT '{}' CHECK (cardinality(aliases) <= 20),
    ADD COLUMN name_key text NOT NULL DEFAULT '',
    ADD COLUMN search_tokens text[] NOT NULL DEFAULT '{}',
    ADD COLUMN search_text text NOT NULL DEFAULT '',
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN merged_into uuid REFERENCES organisations (id),
    ADD CONSTRAINT organisations_merged_check
        CHECK (merged_into IS NULL OR (closed_at IS NOT NULL AND merged_into <> id));

CREATE INDEX organisations_parent_idx ON organisations (parent_id, name_key, id);
CREATE INDEX organisations_search_idx ON organisations USING gin (search_tokens);
CREATE INDEX organisations_unsearchable_idx ON organisations (id) WHERE search_text = '';

-- What others call an organisation: one code of an authority is one organisation's. After a merger the codes of the
-- one lead to the other; `origin_id` tells whose they were.
CREATE TABLE organisation_codes (
    authority text NOT NULL CHECK (length(authority) BETWEEN 1 AND 40),
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    origin_id uuid NOT NULL REFERENCES organisations (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (authority, code)
);

CREATE INDEX organisation_codes_organisation_idx ON organisation_codes (organisation_id, authority, code);

ALTER TABLE organisation_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_codes USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

-- What was done to an organisation; it only grows.
CREATE TABLE organisation_changes (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (
        kind IN ('created', 'changed', 'moved', 'merged', 'absorbed', 'closed', 'reopened')
    ),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    before jsonb NOT NULL,
    after jsonb NOT NULL
);

CREATE INDEX organisation_changes_organisation_idx ON organisation_changes (organisation_id, id);

ALTER TABLE organisation_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_changes USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE, DELETE ON organisation_codes TO scopecast_app;
GRANT SELECT, INSERT ON organisation_changes TO scopecast_app;

-- 0023 organisation merge

-- Which tables name organisations as the owner of their rows: read from the catalogue, so that a table of a later
-- step is not forgotten. The tree, its codes and its history are led by their own domain.
CREATE VIEW organisation_owned AS
SELECT c.conrelid::regclass AS relation, a.attname AS column_name
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = 'organisations'::regclass AND cardinality(c.conkey) = 1
    AND c.conrelid NOT IN (
        'organisations'::regclass, 'organisation_paths'::regclass, 'organisation_codes'::regclass,
        'organisation_changes'::regclass
    );

-- How many rows of each table an organisation owns, as far as the house may see them.
CREATE FUNCTION organisation_holdings(organisation uuid) RETURNS TABLE (relation text, held bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place record;
    asker text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:organisations', true);
    FOR place IN SELECT * FROM organisation_owned o WHERE o.column_name = 'organisation_id' LOOP
        relation := place.relation::text;
        EXECUTE format('SELECT count(*) FROM %s WHERE %I = $1', place.relation, place.column_name)
            INTO held USING organisation;
        IF held > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM set_config('scopecast.actor', asker, true);
END;
$$;

-- Puts all that one organisation owns under another. The first stands below the second already: rows that a table's
-- own rules keep as they are (locked ones, those of a person alone) stay with it, in the scope of the second all the
-- same. Gives the tables whose rows stayed.
CREATE FUNCTION organisation_hand_over(source uuid, target uuid) RETURNS text[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place record;
    stayed text[] := '{}';
    asker text := scopecast_actor();
    own uuid := scopecast_organisation();
BEGIN
    IF NOT EXISTS (SELECT FROM organisation_paths WHERE ancestor_id = target AND descendant_id = source AND depth = 1)
    THEN
        RAISE EXCEPTION 'the one must stand below the other first' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('scopecast.actor', 'system:organisations', true);
    PERFORM set_config('scopecast.organisation', target::text, true);
    FOR place IN SELECT * FROM organisation_owned LOOP
        BEGIN
            EXECUTE format('UPDATE %s SET %I = $2 WHERE %2$I = $1', place.relation, place.column_name)
                USING source, target;
        EXCEPTION WHEN insufficient_privilege OR raise_exception OR integrity_constraint_violation THEN
            stayed := stayed || place.relation::text;
        END;
    END LOOP;
    PERFORM set_config('scopecast.actor', asker, true);
    PERFORM set_config('scopecast.organisation', coalesce(own::text, ''), true);
    RETURN stayed;
END;
$$;

REVOKE ALL ON FUNCTION organisation_holdings(uuid), organisation_hand_over(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organisation_holdings(uuid), organisation_hand_over(uuid, uuid) TO scopecast_app;

-- Files have no rule by which the house changes them.
CREATE POLICY handed_over ON files FOR UPDATE TO scopecast_owner
    USING ((SELECT scopecast_actor()) = 'system:organisations');

-- files: kinds and previews -----------------------------------------------------------------------

-- Sounds, videos and office documents beside pictures and PDF; how long they are, and what is shown of them.

ALTER TABLE files DROP CONSTRAINT files_content_type_check;
ALTER TABLE files ADD CONSTRAINT files_content_type_check CHECK (
    content_type IN (
        'image/png', 'image/jpeg', 'image/webp', 'application/pdf',
        'audio/webm', 'audio/ogg', 'audio/mp4', 'audio/mpeg', 'audio/wav',
        'video/mp4', 'video/webm', 'video/quicktime',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/vnd.openxmlformats-officedocument.presentationml.presentation'
    )
);
ALTER TABLE files
    ADD COLUMN duration_ms bigint NOT NULL DEFAULT 0 CHECK (duration_ms >= 0),
    ADD COLUMN preview_state text NOT NULL DEFAULT 'none'
        CHECK (preview_state IN ('none', 'waiting', 'ready', 'failed')),
    ADD COLUMN preview_id uuid UNIQUE CHECK ((preview_id IS NOT NULL) = (preview_state = 'ready'));

CREATE POLICY previewed ON files FOR UPDATE USING ((SELECT scopecast_is_system()));

-- files: versions and their end -------------------------------------------------------------------

-- Versions of a file, and its end: a mark with a reason, later its bytes by rule. The row stays.

ALTER TABLE files
    ADD COLUMN replaces uuid UNIQUE REFERENCES files (id),
    ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN retention text NOT NULL DEFAULT 'working'
        CHECK (retention IN ('working', 'outpatient', 'inpatient')),
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by text,
    ADD COLUMN delete_reason text
        CHECK (delete_reason IN ('mistake', 'wrong_patient', 'withdrawn', 'outdated', 'other')),
    ADD COLUMN purged_at timestamptz,
    ADD CONSTRAINT files_deleted_check CHECK (
        (deleted_at IS NULL) = (delete_reason IS NULL) AND (deleted_at IS NULL) = (deleted_by IS NULL)
    ),
    ADD CONSTRAINT files_purged_check CHECK (purged_at IS NULL OR deleted_at IS NOT NULL);

CREATE INDEX files_deleted_idx ON files (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
-- reviews ---------------------------------------------------------------------------------------------

-- Reviews: what somebody hands in is looked at level by level, returned with remarks or approved, and then locked.
-- The moves, four eyes and the lock are kept here, whatever the application does: a table that has been given to
-- `review_guard` refuses changes of what is under review or locked.

-- Levels as data: by kind of thing, the levels in the order in which they look, and what one must hold there.
CREATE TABLE review_levels (
    kind text NOT NULL CHECK (kind ~ '^[a-z]+(\.[a-z_]+)+$' AND length(kind) <= 40),
    place integer NOT NULL CHECK (place BETWEEN 0 AND 7),
    level text NOT NULL CHECK (level IN ('own', 'hospital', 'county', 'city', 'province', 'nation')),
    permission text NOT NULL CHECK (length(permission) BETWEEN 1 AND 80),
    PRIMARY KEY (kind, place),
    UNIQUE (kind, level)
);

CREATE TABLE reviews (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind ~ '^[a-z]+(\.[a-z_]+)+$' AND length(kind) <= 40),
    subject_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'submitted', 'returned', 'locked', 'unlock_asked', 'unlocked')),
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    levels jsonb NOT NULL DEFAULT '[]',
    place integer NOT NULL DEFAULT 0 CHECK (place >= 0),
    submitted_by uuid REFERENCES users (id),
    submitted_at timestamptz,
    approved_by uuid[] NOT NULL DEFAULT '{}',
    unlock_asked_by uuid REFERENCES users (id),
    unlock_reason text CHECK (length(unlock_reason) BETWEEN 1 AND 500),
    moved_at timestamptz NOT NULL,
    UNIQUE (kind, subject_id),
    CHECK ((state = 'unlock_asked') = (unlock_asked_by IS NOT NULL AND unlock_reason IS NOT NULL)),
    CHECK (state IN ('draft', 'unlocked') OR (submitted_by IS NOT NULL AND version > 0))
);

CREATE INDEX reviews_state_idx ON reviews (organisation_id, state, moved_at DESC, id DESC);

-- What happened, for good: what was handed in as it was, and how it differs from what was handed in before.
CREATE TABLE review_acts (
    id uuid PRIMARY KEY,
    review_id uuid NOT NULL REFERENCES reviews (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    act text NOT NULL CHECK (act IN (
        'submit', 'take_back', 'return', 'approve', 'lock', 'ask_unlock', 'refuse_unlock', 'unlock'
    )),
    version integer NOT NULL,
    level text CHECK (length(level) <= 20),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    at timestamptz NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    remarks jsonb NOT NULL DEFAULT '{}',
    content jsonb,
    differences jsonb NOT NULL DEFAULT '[]',
    CHECK ((act = 'submit') = (content IS NOT NULL))
);

CREATE INDEX review_acts_review_idx ON review_acts (review_id, id);

-- Whoever acts may know which levels look; the topmost organisation alone sets them.
ALTER TABLE review_levels ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_levels FORCE ROW LEVEL SECURITY;
CREATE POLICY known ON review_levels FOR SELECT USING ((SELECT scopecast_actor()) <> '');
CREATE POLICY set_from_the_top ON review_levels USING (
    EXISTS (SELECT FROM organisations WHERE id = (SELECT scopecast_organisation()) AND parent_id IS NULL)
    OR (SELECT scopecast_is_system())
);

ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE reviews FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON reviews USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR submitted_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE review_acts ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_acts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_review ON review_acts USING (EXISTS (SELECT FROM reviews WHERE reviews.id = review_id));

-- The moves that there are, and who may not make them: nobody decides on what they handed in themselves or have
-- approved at another level, and whoever asked for an unlocking does not grant it.
CREATE FUNCTION review_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor constant uuid := scopecast_actor_id();
    submitted constant boolean := TG_OP = 'UPDATE' AND OLD.state <> 'submitted' AND NEW.state = 'submitted';
    approved constant boolean := TG_OP = 'UPDATE' AND OLD.state = 'submitted' AND NEW.state IN ('submitted', 'locked');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.version <> 0 THEN
            RAISE EXCEPTION 'review: it begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.subject_id <> OLD.subject_id
        OR NEW.organisation_id <> OLD.organisation_id
        OR NOT (CASE OLD.state
            WHEN 'draft' THEN NEW.state = 'submitted' AND NEW.place = 0
            WHEN 'returned' THEN NEW.state = 'submitted' AND NEW.place = 0
            WHEN 'unlocked' THEN NEW.state = 'submitted' AND NEW.place = 0
            WHEN 'submitted' THEN NEW.state IN ('draft', 'returned')
                OR (NEW.state = 'submitted' AND NEW.place = OLD.place + 1
                    AND NEW.place < jsonb_array_length(OLD.levels))
                OR (NEW.state = 'locked' AND OLD.place = jsonb_array_length(OLD.levels) - 1)
            WHEN 'locked' THEN NEW.state = 'unlock_asked' AND NEW.unlock_asked_by IS NOT DISTINCT FROM actor
            WHEN 'unlock_asked' THEN NEW.state IN ('locked', 'unlocked')
        END)
        OR NEW.version <> OLD.version + submitted::integer
        OR (NOT submitted AND (NEW.levels, NEW.submitted_by) IS DISTINCT FROM (OLD.levels, OLD.submitted_by))
        OR (NOT submitted AND NOT approved AND NEW.approved_by <> OLD.approved_by)
    THEN
        RAISE EXCEPTION 'review: no move from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF (submitted AND (NEW.submitted_by IS DISTINCT FROM actor OR NEW.approved_by <> '{}'))
        OR (OLD.state = 'submitted' AND NEW.state = 'draft' AND OLD.submitted_by IS DISTINCT FROM actor)
        OR (OLD.state = 'submitted' AND NEW.state <> 'draft'
            AND (actor IS NULL OR actor = OLD.submitted_by OR actor = ANY (OLD.approved_by)))
        OR (approved AND NEW.approved_by <> OLD.approved_by || actor)
        OR (OLD.state = 'unlock_asked' AND (actor IS NULL OR actor = OLD.unlock_asked_by))
    THEN
        RAISE EXCEPTION 'review: another person must decide' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER review_moves BEFORE INSERT OR UPDATE ON reviews FOR EACH ROW EXECUTE FUNCTION review_check_move();

-- Refuses a change of a row that is under review or locked. The arguments: the kind, the column that holds the
-- subject's id, and the columns that may change all the same. It holds the review against moves until the end of
-- the transaction, so that nothing changes while it is handed in.
CREATE FUNCTION review_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
    before constant jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after constant jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    held record;
BEGIN
    IF TG_OP = 'UPDATE' AND before - TG_ARGV[2:] = after - TG_ARGV[2:] THEN
        RETURN NEW;
    END IF;
    PERFORM set_config('scopecast.actor', 'system:review', true);
    FOR held IN
        SELECT r.state FROM reviews r
        WHERE r.kind = TG_ARGV[0]
            AND r.subject_id IN ((before ->> TG_ARGV[1])::uuid, (after ->> TG_ARGV[1])::uuid)
        FOR SHARE
    LOOP
        IF held.state IN ('submitted', 'locked', 'unlock_asked') THEN
            RAISE EXCEPTION 'review: % in % is % and does not change', TG_ARGV[0], TG_TABLE_NAME, held.state
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    END LOOP;
    PERFORM set_config('scopecast.actor', actor, true);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END;
$$;

-- Has the rows of a table stand still while what they belong to is under review or locked: one call in the
-- migration that makes the table. `subject_column` holds the id of what is reviewed (a table of parts names its
-- whole); the columns of `free` may change all the same (counters).
CREATE FUNCTION review_guard(
    guarded regclass, review_kind text, subject_column text DEFAULT 'id', VARIADIC free text[] DEFAULT '{}'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER review_frozen BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW '
        'EXECUTE FUNCTION review_keep_frozen(%L, %L%s)',
        guarded, review_kind, subject_column,
        coalesce((SELECT string_agg(format(', %L', name), '') FROM unnest(free) AS name), '')
    );
END;
$$;

GRANT SELECT, INSERT, UPDATE ON reviews TO scopecast_app;
GRANT SELECT, INSERT ON review_acts TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON review_levels TO scopecast_app;

-- summaries of discussions ----------------------------------------------------------------------------

-- What came out of a themed discussion: written by its host, reviewed by the organisation, locked and seen by all
-- who see the discussion once it is approved. `questions.summary` stays for the release before and is not written.

ALTER TABLE questions ADD COLUMN summary_published_at timestamptz;

CREATE TABLE discussion_summaries (
    question_id uuid PRIMARY KEY REFERENCES questions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    overview text NOT NULL DEFAULT '' CHECK (length(overview) <= 8000),
    consensus text NOT NULL DEFAULT '' CHECK (length(consensus) <= 4000),
    open_points text NOT NULL DEFAULT '' CHECK (length(open_points) <= 4000),
    advice text NOT NULL DEFAULT '' CHECK (length(advice) <= 4000),
    written_by uuid NOT NULL REFERENCES users (id),
    written_by_name text NOT NULL CHECK (length(written_by_name) BETWEEN 1 AND 120),
    written_at timestamptz NOT NULL
);

DO $$
BEGIN
    PERFORM set_config('scopecast.actor', 'system:migration', true);
    INSERT INTO review_levels (kind, place, level, permission) VALUES ('qa.summary', 0, 'own', 'qa.review');
    INSERT INTO discussion_summaries (
        question_id, organisation_id, overview, written_by, written_by_name, written_at
    )
    SELECT id, organisation_id, summary, asker_id, asker_name, concluded_at
    FROM questions WHERE summary <> '' AND concluded_at IS NOT NULL;
    INSERT INTO reviews (id, organisation_id, kind, subject_id, moved_at)
    SELECT gen_random_uuid(), organisation_id, 'qa.summary', question_id, written_at FROM discussion_summaries;
    UPDATE questions SET summary_published_at = concluded_at WHERE summary <> '' AND concluded_at IS NOT NULL;
    PERFORM set_config('scopecast.actor', '', true);
END;
$$;

SELECT review_guard('discussion_summaries', 'qa.summary', 'question_id');

ALTER TABLE discussion_summaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE discussion_summaries FORCE ROW LEVEL SECURITY;
CREATE POLICY led ON discussion_summaries USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR written_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);
CREATE POLICY published ON discussion_summaries FOR SELECT USING (
    EXISTS (SELECT FROM questions q WHERE q.id = question_id AND q.summary_published_at IS NOT NULL)
);

GRANT SELECT, INSERT, UPDATE ON discussion_summaries TO scopecast_app;

-- search of questions ---------------------------------------------------------------------------------

-- Questions are searched by their index under row-level rules: the operators of arrays may not go before the rule
-- `seen`, so a function of the owner asks the index and keeps to the same rule itself. It gives ids of the newest.

CREATE POLICY found_by_owner ON questions FOR SELECT TO scopecast_owner USING (true);

CREATE FUNCTION questions_found(tokens text[], proofs text[], at_most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog, public AS $$
    SELECT q.id FROM public.questions q
    WHERE q.search_tokens @> tokens
        AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(q.search_text, proof) = 0)
        AND (
            q.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
            OR (q.visibility = 'everyone' AND (SELECT scopecast_organisation()) IS NOT NULL)
            OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
            OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions WHERE sessions.id = q.session_id))
            OR q.asker_id = (SELECT scopecast_actor_id())
            OR q.id IN (SELECT question_id FROM question_experts WHERE user_id = scopecast_actor_id())
            OR q.id IN (SELECT question_id FROM question_admissions WHERE subject = scopecast_actor())
            OR (SELECT scopecast_is_system())
        )
    ORDER BY q.asked_s DESC, q.id DESC
    LIMIT at_most
$$;

REVOKE ALL ON FUNCTION questions_found(text[], text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION questions_found(text[], text[], integer) TO scopecast_app;

CREATE INDEX questions_topic_new_idx ON questions (kind, topic, asked_s DESC, id DESC);
CREATE INDEX questions_session_new_idx ON questions (session_id, kind, asked_s DESC, id DESC)
    WHERE session_id IS NOT NULL;

-- questions as a list ---------------------------------------------------------------------------------

-- Questions as a list: whoever sees a row in it, in each of its orders, by each of its choices, and by its words.
-- `open` is what everybody sees who may see the question at all; the rest is for the moderators of its organisation.

CREATE INDEX questions_asked_at_idx ON questions (asked_at, id) INCLUDE (
    asker_id, body_part, files, hidden_at, kind, organisation_id, scene, seen_from, session_id, state, topic, visibility
);
CREATE INDEX questions_heat_idx ON questions (heat, id) INCLUDE (
    asked_at, asker_id, body_part, files, hidden_at, kind, organisation_id, scene, seen_from, session_id, state, topic,
    visibility
);
CREATE INDEX questions_answers_idx ON questions (answers, id) INCLUDE (
    asked_at, asker_id, body_part, files, hidden_at, kind, organisation_id, scene, seen_from, session_id, state, topic,
    visibility
);
CREATE INDEX questions_body_part_idx ON questions (body_part);
CREATE INDEX questions_scene_idx ON questions (scene);
CREATE INDEX questions_state_idx ON questions (state);
CREATE INDEX questions_session_id_idx ON questions (session_id);
CREATE INDEX questions_files_idx ON questions (files);

CREATE VIEW own_question_follows WITH (security_invoker = true) AS
SELECT question_id AS key FROM question_follows WHERE user_id = scopecast_actor_id();

CREATE VIEW own_question_invitations WITH (security_invoker = true) AS
SELECT question_id AS key FROM question_experts WHERE user_id = scopecast_actor_id();

CREATE VIEW question_rows WITH (security_invoker = true) AS
SELECT
    q.id, q.kind, q.title, left(q.body, 160) AS excerpt, q.asker_id, q.asker_name, q.organisation_id,
    o.name AS organisation_name, q.topic, q.body_part, q.scene, q.state, q.session_id, q.files, q.answers, q.likes,
    q.heat, q.asked_at, q.opens_at, q.closes_at,
    EXISTS (SELECT FROM own_question_follows f WHERE f.key = q.id) AS followed,
    EXISTS (SELECT FROM own_question_invitations e WHERE e.key = q.id) AS invited,
    (
        q.hidden_at IS NULL
        AND (
            q.visibility = 'everyone'
            OR (q.visibility = 'organisation' AND q.organisation_id = (SELECT scopecast_organisation()))
            OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
            OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions s WHERE s.id = q.session_id))
            OR q.asker_id = (SELECT scopecast_actor_id())
            OR q.id IN (SELECT e.key FROM own_question_invitations e)
            OR q.id IN (
                SELECT a.question_id FROM question_admissions a
                WHERE a.subject = scopecast_actor() AND a.expires_at > now()
            )
        )
    ) AS open,
    q.search_tokens, q.search_text, q.ctid AS place
FROM questions q
LEFT JOIN organisations o ON o.id = q.organisation_id
WHERE
    q.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR q.visibility = 'everyone'
    OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
    OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions s WHERE s.id = q.session_id))
    OR q.asker_id = (SELECT scopecast_actor_id())
    OR q.id IN (SELECT e.key FROM own_question_invitations e)
    OR q.id IN (
        SELECT a.question_id FROM question_admissions a
        WHERE a.subject = scopecast_actor() AND a.expires_at > now()
    );

CREATE FUNCTION question_places_found(tokens text[], proofs text[], at_most integer) RETURNS SETOF tid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT q.ctid FROM public.questions q
    WHERE q.search_tokens @> tokens
        AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(q.search_text, proof) = 0)
        AND (
            q.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
            OR (q.visibility = 'everyone' AND (SELECT scopecast_organisation()) IS NOT NULL)
            OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
            OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions WHERE sessions.id = q.session_id))
            OR q.asker_id = (SELECT scopecast_actor_id())
            OR q.id IN (SELECT question_id FROM question_experts WHERE user_id = scopecast_actor_id())
            OR q.id IN (SELECT question_id FROM question_admissions WHERE subject = scopecast_actor())
            OR (SELECT scopecast_is_system())
        )
    LIMIT at_most
$$;

REVOKE ALL ON FUNCTION question_places_found(text[], text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION question_places_found(text[], text[], integer) TO scopecast_app;
GRANT SELECT ON question_rows, own_question_follows, own_question_invitations TO scopecast_app;

-- refusals of reviews ---------------------------------------------------------------------------------

-- What is under review or locked refuses as a broken constraint does, so that a merger of organisations leaves such
-- rows where they are and goes on, as it does with all rows that a table's own rules keep.

CREATE OR REPLACE FUNCTION review_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
    before constant jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after constant jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    held record;
BEGIN
    IF TG_OP = 'UPDATE' AND before - TG_ARGV[2:] = after - TG_ARGV[2:] THEN
        RETURN NEW;
    END IF;
    PERFORM set_config('scopecast.actor', 'system:review', true);
    FOR held IN
        SELECT r.state FROM reviews r
        WHERE r.kind = TG_ARGV[0]
            AND r.subject_id IN ((before ->> TG_ARGV[1])::uuid, (after ->> TG_ARGV[1])::uuid)
        FOR SHARE
    LOOP
        IF held.state IN ('submitted', 'locked', 'unlock_asked') THEN
            RAISE EXCEPTION 'review: % in % is % and does not change', TG_ARGV[0], TG_TABLE_NAME, held.state
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    PERFORM set_config('scopecast.actor', actor, true);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END;
$$;

-- duties ----------------------------------------------------------------------------------------------

-- The three duties (AZ-07): system, security and audit administrator. Nobody holds two at a time, and nobody who
-- keeps the accounts of an organisation (role `administrator`) holds one: the database refuses both.

CREATE TABLE duties (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    duty text NOT NULL CHECK (duty IN ('system', 'security', 'audit')),
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    ended_at timestamptz CHECK (ended_at >= given_at),
    ended_by text,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

CREATE UNIQUE INDEX duties_one_key ON duties (user_id) WHERE ended_at IS NULL;
CREATE INDEX duties_held_idx ON duties (duty, given_at) WHERE ended_at IS NULL;

ALTER TABLE duties ENABLE ROW LEVEL SECURITY;
ALTER TABLE duties FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON duties USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);

GRANT SELECT, INSERT ON duties TO scopecast_app;
GRANT UPDATE (ended_at, ended_by) ON duties TO scopecast_app;

-- Each of the two looks at the other under the lock of the account's row, so that two at once do not pass.
CREATE FUNCTION duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT roles INTO held FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND 'administrator' = ANY (held) THEN
        RAISE EXCEPTION 'duties: % keeps accounts and holds no duty', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'duties_apart';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER duties_apart BEFORE INSERT OR UPDATE ON duties FOR EACH ROW EXECUTE FUNCTION duties_apart();

CREATE FUNCTION roles_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF 'administrator' = ANY (NEW.roles)
        AND EXISTS (SELECT FROM duties WHERE user_id = NEW.id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'duties: % holds a duty and keeps no accounts', NEW.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'roles_apart';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER roles_apart BEFORE UPDATE OF roles ON users FOR EACH ROW EXECUTE FUNCTION roles_apart();

-- given roles ----------------------------------------------------------------------------------------

-- Roles given for a node of the tree and a period: a right holds at the node and below it, from `starts_at` until
-- `ends_at` (for good if there is none). Rows stay as history; what ended says when and by whom. Who gives and ends them
-- is somebody in whose scope the node is.

CREATE TABLE given_roles (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    role text NOT NULL CHECK (role IN ('expert', 'doctor', 'office', 'administrator', 'emergency')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz CHECK (ends_at > starts_at),
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    given_by_name text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    ended_by_name text,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK (role <> 'emergency' OR ends_at <= starts_at + interval '60 minutes')
);

CREATE INDEX given_roles_user_idx ON given_roles (user_id, id DESC);
CREATE INDEX given_roles_open_idx ON given_roles (user_id) WHERE ended_at IS NULL;
CREATE INDEX given_roles_ends_idx ON given_roles (ends_at) WHERE ended_at IS NULL;
CREATE INDEX given_roles_node_idx ON given_roles (organisation_id, id DESC);

ALTER TABLE given_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE given_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON given_roles FOR SELECT USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY given ON given_roles FOR INSERT WITH CHECK (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY ended ON given_roles FOR UPDATE USING (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

GRANT SELECT, INSERT ON given_roles TO scopecast_app;
GRANT UPDATE (ended_at, ended_by, ended_by_name) ON given_roles TO scopecast_app;

-- Who keeps accounts, be it at another node and for a day, holds no duty (AZ-07).
CREATE OR REPLACE FUNCTION duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT roles INTO held FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND (
        'administrator' = ANY (held)
        OR EXISTS (
            SELECT FROM given_roles
            WHERE user_id = NEW.user_id AND role = 'administrator' AND ended_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'duties: % keeps accounts and holds no duty', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'duties_apart';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION given_roles_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.role = 'administrator' AND EXISTS (SELECT FROM duties WHERE user_id = NEW.user_id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'duties: % holds a duty and keeps no accounts', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'given_roles_apart';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER given_roles_apart BEFORE INSERT ON given_roles FOR EACH ROW EXECUTE FUNCTION given_roles_apart();

-- break glass ----------------------------------------------------------------------------------------

-- Access in an emergency (AZ-06): somebody opens another organisation's records for an hour at most, says why, and is
-- reviewed afterwards by somebody else. The right itself is a given role; here stand the reason and the review.

CREATE TABLE break_glass (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    given_role_id uuid NOT NULL UNIQUE REFERENCES given_roles (id),
    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > opened_at AND ends_at <= opened_at + interval '60 minutes'),
    reviewed_at timestamptz,
    reviewed_by uuid REFERENCES users (id) CHECK (reviewed_by <> user_id),
    justified boolean,
    remark text NOT NULL DEFAULT '' CHECK (length(remark) <= 500),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (justified IS NULL))
);

CREATE INDEX break_glass_user_idx ON break_glass (user_id, opened_at DESC);
CREATE INDEX break_glass_node_idx ON break_glass (organisation_id, id DESC);

ALTER TABLE break_glass ENABLE ROW LEVEL SECURITY;
ALTER TABLE break_glass FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON break_glass FOR SELECT USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY opened ON break_glass FOR INSERT WITH CHECK ((SELECT scopecast_is_system()));
CREATE POLICY reviewed ON break_glass FOR UPDATE USING (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

GRANT SELECT, INSERT ON break_glass TO scopecast_app;
GRANT UPDATE (reviewed_at, reviewed_by, justified, remark) ON break_glass TO scopecast_app;

-- composed roles -----------------------------------------------------------------------------------

-- Roles composed of permissions for a node of the tree and what lies below it. Nobody has one as a base role: it is
-- given for a node and a period like any other. What the three duties may is in none of them, nor is one held beside a
-- duty (AZ-07): the database refuses both.

CREATE TABLE composed_roles (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 30),
    name_en text NOT NULL CHECK (length(name_en) BETWEEN 1 AND 60),
    permissions text[] NOT NULL CHECK (cardinality(permissions) BETWEEN 1 AND 60),
    revision integer NOT NULL DEFAULT 1,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_name text NOT NULL,
    retired_at timestamptz,
    CONSTRAINT composed_roles_apart CHECK (NOT permissions && ARRAY[
        'operation.view', 'rooms.inspect', 'jobs.view', 'jobs.manage', 'users.manage', 'roles.give', 'roles.compose',
        'duties.give', 'organisations.view', 'alarms.view', 'alarms.settle', 'break_glass.review', 'audit.view'
    ])
);

CREATE UNIQUE INDEX composed_roles_zh_key ON composed_roles (organisation_id, name_zh) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX composed_roles_en_key ON composed_roles (organisation_id, lower(name_en)) WHERE retired_at IS NULL;

ALTER TABLE given_roles ADD COLUMN composed_id uuid REFERENCES composed_roles (id);
ALTER TABLE given_roles DROP CONSTRAINT given_roles_role_check;
ALTER TABLE given_roles ADD CONSTRAINT given_roles_role_check CHECK (
    role IN ('expert', 'doctor', 'office', 'administrator', 'emergency', 'composed')
    AND (role = 'composed') = (composed_id IS NOT NULL)
);
CREATE INDEX given_roles_composed_idx ON given_roles (composed_id) WHERE ended_at IS NULL;

ALTER TABLE composed_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE composed_roles FORCE ROW LEVEL SECURITY;
-- One is seen where it may be given, by whoever keeps it, and by whoever holds it.
CREATE POLICY seen ON composed_roles FOR SELECT USING (
    (SELECT scopecast_is_system())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR organisation_id IN (
        SELECT ancestor_id FROM organisation_paths WHERE descendant_id = (SELECT scopecast_organisation())
    )
    OR id IN (SELECT composed_id FROM given_roles WHERE user_id = (SELECT scopecast_actor_id()))
);
CREATE POLICY composed ON composed_roles FOR INSERT WITH CHECK (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY changed ON composed_roles FOR UPDATE USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

GRANT SELECT, INSERT ON composed_roles TO scopecast_app;
GRANT UPDATE (name_zh, name_en, permissions, revision, changed_at, changed_by_name, retired_at) ON composed_roles
TO scopecast_app;

CREATE OR REPLACE FUNCTION duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT roles INTO held FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND (
        'administrator' = ANY (held)
        OR EXISTS (
            SELECT FROM given_roles
            WHERE user_id = NEW.user_id AND role IN ('administrator', 'composed') AND ended_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'duties: % keeps accounts or holds a composed role, and holds no duty', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'duties_apart';
    END IF;
    RETURN NEW;
END;
$$;

-- A composed role is given at its own node or below it, while it is not retired.
CREATE OR REPLACE FUNCTION given_roles_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.role IN ('administrator', 'composed')
        AND EXISTS (SELECT FROM duties WHERE user_id = NEW.user_id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'duties: % holds a duty, keeps no accounts and holds no composed role', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'given_roles_apart';
    END IF;
    IF NEW.role = 'composed' AND NOT EXISTS (
        SELECT FROM composed_roles r JOIN organisation_paths p ON p.ancestor_id = r.organisation_id
        WHERE r.id = NEW.composed_id AND r.retired_at IS NULL AND p.descendant_id = NEW.organisation_id
    ) THEN
        RAISE EXCEPTION 'roles: % is not given there', NEW.composed_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'given_roles_reach';
    END IF;
    RETURN NEW;
END;
$$;

-- lists asked by a person or a role ------------------------------------------------------------------

-- The trail asked by outcome and by address; accounts asked by a role that somebody holds, in whichever way.

CREATE INDEX audit_entries_outcome_idx ON audit_entries (outcome, number);
CREATE INDEX audit_entries_address_idx ON audit_entries (address, number);

CREATE INDEX users_roles_idx ON users USING gin (roles);
CREATE INDEX given_roles_role_idx ON given_roles (role) WHERE ended_at IS NULL;

-- Who holds one of these in the actor's scope: a base role, a duty, or a role (by its id if it is composed) that was
-- given there. By the owner, as searches are (decision 0063): under row-level rules no index of arrays is used.
CREATE FUNCTION role_holders(wanted text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public AS $$
    SELECT id FROM public.users
    WHERE roles && wanted AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    UNION
    SELECT user_id FROM public.duties WHERE duty = ANY (wanted) AND ended_at IS NULL
    UNION
    SELECT user_id FROM public.given_roles
    WHERE role = ANY (wanted) AND ended_at IS NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    UNION
    SELECT user_id FROM public.given_roles
    WHERE composed_id = ANY (ARRAY(
            SELECT each::uuid FROM unnest(wanted) AS each WHERE each ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        ))
        AND ended_at IS NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
$$;
REVOKE ALL ON FUNCTION role_holders(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION role_holders(text[]) TO scopecast_app;

-- emergency accesses as a list ---------------------------------------------------------------------

-- Emergency accesses as a list of those who review them: by verdict, by who opened, by node, in the order of opening.

ALTER TABLE break_glass ADD COLUMN verdict text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN justified IS NULL THEN 'waiting' WHEN justified THEN 'justified' ELSE 'unjustified' END
) STORED;

CREATE INDEX break_glass_verdict_idx ON break_glass (verdict);
CREATE INDEX break_glass_opened_at_idx ON break_glass (opened_at, id);
CREATE INDEX break_glass_organisation_opened_at_idx ON break_glass (organisation_id, opened_at, id);

-- Who opened, from where, and who reviewed: people of other organisations, whose names the reviewer of the node reads
-- with the access alone. By the owner, for rules keep their rows from whoever reviews.
CREATE FUNCTION break_glass_names(opening uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT ARRAY[u.name, o.name, r.name]
    FROM public.break_glass b
    JOIN public.users u ON u.id = b.user_id
    JOIN public.organisations o ON o.id = u.organisation_id
    LEFT JOIN public.users r ON r.id = b.reviewed_by
    WHERE b.id = opening AND b.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
$$;
REVOKE ALL ON FUNCTION break_glass_names(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION break_glass_names(uuid) TO scopecast_app;

CREATE VIEW break_glass_rows WITH (security_invoker = true) AS
SELECT
    b.id, b.organisation_id, n.name AS organisation_name, b.user_id, (break_glass_names(b.id))[1] AS user_name,
    (break_glass_names(b.id))[2] AS user_organisation_name, b.reason, b.verdict, b.opened_at,
    coalesce(g.ended_at, b.ends_at) AS ends_at, (break_glass_names(b.id))[3] AS reviewer_name, b.reviewed_at, b.remark
FROM break_glass b
LEFT JOIN organisations n ON n.id = b.organisation_id
LEFT JOIN given_roles g ON g.id = b.given_role_id
WHERE b.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON break_glass_rows TO scopecast_app;

-- Alarms of the trail as a list, each with who saw to it; seen as the entries are.
CREATE VIEW settled_alarms WITH (security_invoker = true) AS
SELECT (details ->> 'raised')::bigint AS key FROM audit_entries WHERE tag = 'alarm.settled' AND details ? 'raised';

CREATE VIEW alarm_rows WITH (security_invoker = true) AS
SELECT
    a.number, a.at, a.target, nullif(a.details ->> 'actor', '') AS actor, a.details ->> 'actor_name' AS actor_name,
    (a.details ->> 'count')::integer AS count, a.number IN (SELECT key FROM settled_alarms) AS settled,
    (
        SELECT s.actor_name FROM audit_entries s
        WHERE s.tag = 'alarm.settled' AND s.details ->> 'raised' = a.number::text
        ORDER BY s.number LIMIT 1
    ) AS settled_by
FROM audit_entries a
WHERE a.tag = 'alarm.raised' AND (
    a.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (
        a.organisation_id IS NULL
        AND EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL)
    )
);

GRANT SELECT ON settled_alarms, alarm_rows TO scopecast_app;

-- what is kept, weighed -------------------------------------------------------------------------------

-- What is kept, as a job weighed it: by kind for the whole house, by organisation, and of each recording as long as
-- its folder is as it was. Figures are no possessions: an organisation that is merged has none to hand over, so there
-- is no foreign key; the next weighing puts all right.

CREATE TABLE storage_kinds (
    kind text PRIMARY KEY CHECK (length(kind) BETWEEN 1 AND 40),
    bytes bigint NOT NULL CHECK (bytes >= 0),
    items bigint NOT NULL CHECK (items >= 0),
    weighed_at timestamptz NOT NULL
);

CREATE TABLE organisation_storage (
    organisation_id uuid PRIMARY KEY,
    recordings bigint NOT NULL,
    files bigint NOT NULL,
    previews bigint NOT NULL,
    uploads bigint NOT NULL,
    exports bigint NOT NULL,
    total bigint NOT NULL GENERATED ALWAYS AS (recordings + files + previews + uploads + exports) STORED
);

CREATE INDEX organisation_storage_total_idx ON organisation_storage (total, organisation_id);
CREATE INDEX organisation_storage_recordings_idx ON organisation_storage (recordings, organisation_id);
CREATE INDEX organisation_storage_files_idx ON organisation_storage (files, organisation_id);

-- `changed_ns`: when the folder's own entries changed last, by its file system: another number, and it is weighed anew.
CREATE TABLE recording_weights (
    recording_id uuid PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    changed_ns bigint NOT NULL
);

ALTER TABLE storage_kinds ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage_kinds FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON storage_kinds USING ((SELECT scopecast_is_system()));

ALTER TABLE recording_weights ENABLE ROW LEVEL SECURITY;
ALTER TABLE recording_weights FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON recording_weights USING ((SELECT scopecast_is_system()));

ALTER TABLE organisation_storage ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_storage FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_storage FOR SELECT USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);
CREATE POLICY weighed ON organisation_storage USING ((SELECT scopecast_is_system()));

CREATE VIEW organisation_storage_rows WITH (security_invoker = true) AS
SELECT
    s.organisation_id, o.name AS organisation_name, s.recordings, s.files, s.previews, s.uploads, s.exports, s.total
FROM organisation_storage s
LEFT JOIN organisations o ON o.id = s.organisation_id;

GRANT SELECT, INSERT, DELETE ON storage_kinds, organisation_storage TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON recording_weights TO scopecast_app;
GRANT SELECT ON organisation_storage_rows TO scopecast_app;
