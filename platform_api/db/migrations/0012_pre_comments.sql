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
