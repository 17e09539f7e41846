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

CREATE INDEX questions_new_idx ON questions (kind, asked_s DESC, id DESC);
CREATE INDEX questions_heat_idx ON questions (kind, heat DESC, id DESC);
CREATE INDEX questions_answers_idx ON questions (kind, answers DESC, id DESC);
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
GRANT DELETE ON kiosks TO scopecast_app;
