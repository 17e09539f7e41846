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
