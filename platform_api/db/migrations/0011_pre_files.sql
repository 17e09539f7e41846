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
